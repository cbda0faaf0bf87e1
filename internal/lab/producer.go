package lab

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"
)

// ProducerOptions set up a Producer. The zero value is a plain HTTP producer
// on a free port.
type ProducerOptions struct {
	Address   string      // host:port to listen on; empty: 127.0.0.1, a free port
	TLS       *tls.Config // nil: plain HTTP. ServerTLS makes one
	BodyLimit int         // bytes of each request's body to keep; 0: 1 MiB
}

const defaultBodyLimit = 1 << 20

// Producer is an HTTP/1.1 service producer that remembers what it was sent
// and answers by path: well, badly, late or not at all. It writes every byte
// itself, because most of what it does no sane HTTP server would do. See
// Behaviours for the paths. It is safe for concurrent use.
type Producer struct {
	listener  net.Listener
	scheme    string
	bodyLimit int
	done      chan struct{}
	serving   sync.WaitGroup

	mu          sync.Mutex
	scripts     map[string]Script
	seen        []*Seen
	connections map[net.Conn]struct{}
	accepted    int
}

// StartProducer listens and serves until Close.
func StartProducer(options ProducerOptions) (*Producer, error) {
	listener, err := listen(options.Address)
	if err != nil {
		return nil, fmt.Errorf("producer: %w", err)
	}
	p := &Producer{
		listener:    listener,
		scheme:      "http",
		bodyLimit:   options.BodyLimit,
		done:        make(chan struct{}),
		scripts:     make(map[string]Script),
		connections: make(map[net.Conn]struct{}),
	}
	if p.bodyLimit == 0 {
		p.bodyLimit = defaultBodyLimit
	}
	if options.TLS != nil {
		p.scheme = "https"
		p.listener = tls.NewListener(listener, options.TLS)
	}
	p.serving.Go(p.accept)
	return p, nil
}

// ServerTLS is a server configuration with the identity given. With a client
// authority, callers must present a certificate from it.
func ServerTLS(id *Identity, clients *CA) *tls.Config {
	config := &tls.Config{Certificates: []tls.Certificate{id.TLS()}}
	if clients != nil {
		config.ClientAuth = tls.RequireAndVerifyClientCert
		config.ClientCAs = clients.Pool()
	}
	return config
}

// Address is the host:port the producer listens on.
func (p *Producer) Address() string { return p.listener.Addr().String() }

// URL is the address of a path of this producer, query included.
func (p *Producer) URL(path string) string { return p.scheme + "://" + p.Address() + path }

// Script makes the producer answer requests for path as told, in place of
// what it would do otherwise.
func (p *Producer) Script(path string, script Script) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.scripts[path] = script
}

// Requests are the requests seen so far, in the order in which their heads
// arrived. Requests whose body has not ended yet are not among them. The
// values are copies, their slices and maps must not be changed.
func (p *Producer) Requests() []Seen {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.finished()
}

// Take is Requests, and forgets what it returns.
func (p *Producer) Take() []Seen {
	p.mu.Lock()
	defer p.mu.Unlock()
	taken := p.finished()
	p.seen = slices.DeleteFunc(p.seen, func(s *Seen) bool { return s.ended })
	return taken
}

func (p *Producer) finished() []Seen {
	var finished []Seen
	for _, seen := range p.seen {
		if seen.ended {
			finished = append(finished, *seen)
		}
	}
	return finished
}

// Connections tells how many connections were accepted since the start.
func (p *Producer) Connections() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.accepted
}

// Drop closes all connections and goes on listening, as a producer that
// restarts does.
func (p *Producer) Drop() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for conn := range p.connections {
		conn.Close()
	}
}

// Close stops listening, closes all connections and waits until nothing runs.
func (p *Producer) Close() error {
	p.mu.Lock()
	select {
	case <-p.done:
		p.mu.Unlock()
		return nil
	default:
		close(p.done)
	}
	err := p.listener.Close()
	for conn := range p.connections {
		conn.Close()
	}
	p.mu.Unlock()
	p.serving.Wait()
	return err
}

func (p *Producer) accept() {
	for {
		conn, err := p.listener.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			p.wait(10 * time.Millisecond) // out of descriptors, say; they come back
			continue
		}
		if number, ok := p.admit(conn); ok {
			p.serving.Go(func() { p.serve(conn, number) })
		}
	}
}

// admit registers a connection and numbers it from 1, unless the producer was
// closed meanwhile.
func (p *Producer) admit(conn net.Conn) (number int, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	select {
	case <-p.done:
		conn.Close()
		return 0, false
	default:
	}
	p.accepted++
	p.connections[conn] = struct{}{}
	return p.accepted, true
}

func (p *Producer) release(conn net.Conn) {
	conn.Close()
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.connections, conn)
}

// wait sleeps, or until the producer is closed. It tells whether it slept.
func (p *Producer) wait(d time.Duration) bool {
	if d <= 0 {
		return true
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-p.done:
		return false
	}
}

func listen(address string) (net.Listener, error) {
	if address == "" {
		address = "127.0.0.1:0"
	}
	return net.Listen("tcp", address)
}

// Answer makes the producer answer requests for path with a well-formed
// answer, in place of what it would do otherwise.
func (p *Producer) Answer(path string, status int, contentType, body string) {
	p.Script(path, Script{Pieces: []string{fmt.Sprintf("HTTP/1.1 %d %s\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n%s",
		status, http.StatusText(status), contentType, len(body), body)}})
}
