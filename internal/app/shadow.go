package app

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"rivgate/config"
	"rivgate/edge"
	"rivgate/internal/migrate/shadow"
	"rivgate/internal/migrate/vplog"
	"rivgate/proxy"
	"rivgate/record"
)

// Shadow decides as a gateway would, beside a VP that does the work. It has
// nothing to call producers with: no client for them is ever made.
type Shadow struct {
	cfg    *config.Config
	loaded *loaded
	view   *proxy.View
	copies *shadow.Rehearsals
}

// NewShadow reads a configuration and the catalogue's file or local copy. It
// connects nothing.
func NewShadow(path, version string) (*Shadow, error) {
	cfg, l, view, err := offline(path, version)
	if err != nil {
		return nil, err
	}
	if view.Routing.Catalogue() == nil {
		return nil, fmt.Errorf("%s: there is no catalogue to decide by; VP's own local copy will do", catalogueFile(cfg))
	}
	view.Events, view.Payload = false, nil
	return &Shadow{cfg, l, view, shadow.NewRehearsals()}, nil
}

// Compare reads VP's log and tells where this gateway decides otherwise. A call
// whose copy was rehearsed is compared with what became of that.
func (s *Shadow) Compare(files []string, stdin io.Reader) (*shadow.Report, error) {
	comparison := shadow.NewComparison(s.view, s.copies)
	calls, err := vplog.NewJoiner(vplog.DefaultOpen, comparison.Add)
	if err != nil {
		return nil, err
	}
	counts, err := vplog.ReadFiles(files, stdin, time.Local, calls.Add)
	if err != nil {
		return nil, err
	}
	calls.End()
	return comparison.Report(counts), nil
}

// Decisions is a sink for the calls that are rehearsed: a line for each, in the
// configured form. flush must end its use.
func (s *Shadow) Decisions(out io.Writer) (sink record.Sink, flush func()) {
	log := &logging{host: record.ThisHost()}
	log.Log = record.NewLog(out, &log.level, log.options(s.cfg))
	return log.Log, log.Flush
}

// Listen serves copies of requests at an address, as the configuration's first
// plain listener would serve the requests, until ctx ends. What becomes of each
// is kept for Compare and told to sink, if there is one.
func (s *Shadow) Listen(ctx context.Context, address string, sink record.Sink, listening func(net.Addr)) error {
	socket, err := net.Listen("tcp", address)
	if err != nil {
		return err
	}
	if listening != nil {
		listening(socket.Addr())
	}
	return s.serve(ctx, socket, sink)
}

// serve takes copies from a socket until ctx ends.
func (s *Shadow) serve(ctx context.Context, socket net.Listener, sink record.Sink) error {
	sinks := record.Sinks{s.copies}
	if sink != nil {
		sinks = append(sinks, sink)
	}
	settings, limits := s.ingress(), s.cfg.Limits
	listener, err := edge.Listen(edge.Options{
		Name: settings.Name, Listener: socket,
		KeepAlive: settings.KeepAlive.Enabled, Idle: settings.KeepAlive.Idle, Header: settings.Timeouts.Header,
		HeaderBytes: int(limits.HeaderBytes), Headers: limits.Headers, Connections: limits.Connections, PerAddress: limits.PerAddress,
		Handler: proxy.New(proxy.Options{View: s.view, Edge: connections{}, Record: sinks, WSDL: s.loaded.descriptions, Rehearse: true}),
	})
	if err != nil {
		return errors.Join(err, socket.Close())
	}
	served := make(chan error, 1)
	go func() { served <- listener.Serve() }()
	select {
	case err := <-served:
		return errors.Join(err, listener.Close())
	case <-ctx.Done():
	}
	ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.cfg.Drain.Timeout)
	defer cancel()
	_ = listener.Shutdown(ending) // what outlasts it is cut
	return errors.Join(<-served, listener.Close())
}

// ingress is the listener whose settings hold for copies: the first plain one,
// since it is a proxy that sends them, or else the first.
func (s *Shadow) ingress() config.Listener {
	for _, listener := range s.cfg.Listeners {
		if listener.TLS == nil {
			return listener
		}
	}
	return s.cfg.Listeners[0]
}

// Replay takes copies of requests from the files of a folder, in the order of
// their names: each holds one request, head and body, as it was on the wire. A
// file that does not is told of by Compare, and the others are taken; a folder
// without files is an error, since nothing would differ then.
// They count as sent by a trusted proxy, so that what their headers say of the
// caller is believed.
func (s *Shadow) Replay(ctx context.Context, dir string, sink record.Sink) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	if len(s.cfg.Trust.Proxies) == 0 {
		return errors.New("trust.proxies is empty: requests from files have nobody to come from")
	}
	ctx, end := context.WithCancel(ctx)
	socket := newPipes(s.cfg.Trust.Proxies[0].Masked().Addr())
	served := make(chan error, 1)
	go func() { served <- s.serve(ctx, socket, sink) }()
	copies := 0
	for _, entry := range entries {
		path := filepath.Join(dir, entry.Name())
		if info, failed := os.Stat(path); failed == nil && !info.Mode().IsRegular() {
			continue
		}
		copies++
		if why := unusable(path); why != "" {
			s.copies.Unusable(path, why)
			continue
		}
		if err = replay(socket, path); err != nil {
			break
		}
	}
	end()
	if copies == 0 {
		err = fmt.Errorf("%s: there are no copies of requests in it", dir)
	}
	return errors.Join(err, <-served)
}

// replay sends one file and waits for its answer, which is not looked at: what
// became of it is recorded.
func replay(socket *pipes, path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	conn, err := socket.dial()
	if err != nil {
		return err
	}
	sent := make(chan struct{})
	go func() {
		defer close(sent)
		_, _ = io.Copy(conn, file) // what is refused early is not read to its end
	}()
	answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err == nil {
		_, _ = io.Copy(io.Discard, answer.Body)
		_ = answer.Body.Close()
	}
	_ = conn.Close()
	<-sent
	return nil
}
