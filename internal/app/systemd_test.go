package app

import (
	"net"
	"path/filepath"
	"testing"
)

func TestNotifyTellsSystemd(t *testing.T) {
	path := filepath.Join(t.TempDir(), "notify")
	socket, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer socket.Close()
	notify(func(string) string { return path }, "READY=1")
	buffer := make([]byte, 64)
	n, err := socket.Read(buffer)
	if err != nil || string(buffer[:n]) != "READY=1" {
		t.Errorf("got %q, %v", buffer[:n], err)
	}
	notify(func(string) string { return "" }, "READY=1") // nobody asked: nothing happens
}

func TestNoPassedSockets(t *testing.T) {
	for name, env := range map[string]map[string]string{
		"none":            {},
		"another process": {"LISTEN_FDS": "1", "LISTEN_PID": "1", "LISTEN_FDNAMES": "https"},
	} {
		sockets, err := passedSockets(func(key string) string { return env[key] })
		if err != nil || len(sockets) != 0 {
			t.Errorf("%s: got %v, %v", name, sockets, err)
		}
	}
}
