package app

import (
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
)

// firstPassedFD is SD_LISTEN_FDS_START of sd_listen_fds(3).
const firstPassedFD = 3

// passedSockets are the sockets systemd passed in, by the names LISTEN_FDNAMES
// gives them (sd_listen_fds(3)); none where there are none for this process.
func passedSockets(getenv func(string) string) (map[string]net.Listener, error) {
	count, err := strconv.Atoi(getenv("LISTEN_FDS"))
	if err != nil || getenv("LISTEN_PID") != strconv.Itoa(os.Getpid()) {
		return nil, nil //nolint:nilerr // without a count there are no sockets
	}
	names := strings.Split(getenv("LISTEN_FDNAMES"), ":")
	sockets := make(map[string]net.Listener, count)
	for i := range count {
		if i >= len(names) || names[i] == "" {
			return nil, fmt.Errorf("LISTEN_FDNAMES names %d of %d sockets", len(names), count)
		}
		file := os.NewFile(uintptr(firstPassedFD+i), names[i])
		listener, err := net.FileListener(file)
		_ = file.Close() // the listener has a duplicate
		if err != nil {
			return nil, fmt.Errorf("socket %s from systemd: %w", names[i], err)
		}
		sockets[names[i]] = listener
	}
	return sockets, nil
}

// notify tells systemd of a change of state (sd_notify(3)), where it asked to
// be told. That nobody listens is not the gateway's failure.
func notify(getenv func(string) string, state string) {
	address := getenv("NOTIFY_SOCKET")
	if address == "" {
		return
	}
	if rest, abstract := strings.CutPrefix(address, "@"); abstract {
		address = "\x00" + rest
	}
	conn, err := net.DialUnix("unixgram", nil, &net.UnixAddr{Name: address, Net: "unixgram"})
	if err != nil {
		return
	}
	_, _ = conn.Write([]byte(state))
	_ = conn.Close()
}
