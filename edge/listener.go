package edge

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log"
	"log/slog"
	"net"
	"net/http"
	"sync/atomic"
)

// Listener serves HTTP/1.1 and HTTP/1.0 on one socket. HTTP/2 is never
// offered: SOAP peers do not need it, and without it its whole class of
// attacks is absent. All methods may be called concurrently.
type Listener struct {
	options   atomic.Pointer[Options] // what connections from now on go by
	socket    net.Listener
	server    *http.Server
	tls       atomic.Pointer[tlsSettings] // nil: plain
	outer     *tls.Config                 // asks tls at every handshake, holds the ticket keys
	admission admission
	arrivals  arrivals
	retiring  atomic.Bool // connections end with their next answer
	closing   atomic.Bool // nobody is waited for any more
}

// Listen binds the socket, or takes Options.Listener. Connections queue in the
// system until Serve.
func Listen(o Options) (*Listener, error) {
	if o.Handler == nil {
		return nil, errors.New("edge: a listener needs a handler")
	}
	l := &Listener{arrivals: newArrivals()}
	l.use(o)
	if o.TLS != nil {
		settings, err := o.TLS.settings()
		if err != nil {
			return nil, fmt.Errorf("listener %s: %w", o.Name, err)
		}
		l.tls.Store(settings)
		l.outer = outerConfig(&l.tls)
	}
	l.socket = o.Listener
	if l.socket == nil {
		socket, err := net.Listen("tcp", o.Address)
		if err != nil {
			return nil, fmt.Errorf("listener %s: %w", o.Name, err)
		}
		l.socket = socket
	}
	l.server = newServer(o)
	return l, nil
}

// use makes connections from now on go by o.
func (l *Listener) use(o Options) {
	if o.HeaderBytes <= 0 {
		o.HeaderBytes = DefaultHeaderBytes
	}
	l.options.Store(&o)
	l.admission.limit(o.Connections, o.PerAddress)
}

// Set changes what a running listener can change: KeepAlive for later answers,
// Idle for connections that become idle later, Handshake, Header and the limits
// for later connections. The other fields of o mean nothing; SetTLS changes TLS.
func (l *Listener) Set(o Options) {
	changed := *l.options.Load()
	changed.KeepAlive, changed.Idle = o.KeepAlive, o.Idle
	changed.Handshake, changed.Header = o.Handshake, o.Header
	changed.HeaderBytes, changed.Headers = o.HeaderBytes, o.Headers
	changed.Connections, changed.PerAddress = o.Connections, o.PerAddress
	l.use(changed)
	l.server.SetKeepAlivesEnabled(o.KeepAlive)
}

// unlimited is net/http's own bound on heads. The gate has counted already;
// net/http counts its read-ahead too, and must never refuse what the gate let
// through.
const unlimited = 1 << 30

func newServer(o Options) *http.Server {
	var http1 http.Protocols
	http1.SetHTTP1(true)
	server := &http.Server{
		Handler:           front{o.Handler},
		Protocols:         &http1,
		TLSNextProto:      map[string]func(*http.Server, *tls.Conn, http.Handler){},
		ReadHeaderTimeout: o.Header, // only for a connection's first byte: the gate times heads
		MaxHeaderBytes:    unlimited,
		ConnContext:       withConn,
		ConnState:         watchIdle,
		ErrorLog:          errorLog(o.Logger),
		// Or net/http would answer OPTIONS * behind the handler's back.
		DisableGeneralOptionsHandler: true,
	}
	server.SetKeepAlivesEnabled(o.KeepAlive)
	return server
}

// watchIdle gives a connection that becomes idle its listener's present limit.
func watchIdle(c net.Conn, state http.ConnState) {
	if state != http.StateIdle {
		return
	}
	if based, ok := c.(interface{ base() *conn }); ok {
		own := based.base()
		own.deadlines.idle(own.listener.options.Load().Idle)
	}
}

func errorLog(logger *slog.Logger) *log.Logger {
	if logger == nil {
		logger = slog.New(slog.DiscardHandler)
	}
	return slog.NewLogLogger(logger.Handler(), slog.LevelWarn)
}

// Addr is the bound address.
func (l *Listener) Addr() net.Addr { return l.socket.Addr() }

// Open is how many connections are open now.
func (l *Listener) Open() int { return l.admission.count() }

// Serve accepts and serves until Shutdown or Close, then returns nil at once,
// while Shutdown still waits. Any other end is an error.
func (l *Listener) Serve() error {
	l.arrivals.expected.Store(true)
	if err := l.server.Serve(acceptor{l}); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("listener %s: %w", l.options.Load().Name, err)
	}
	return nil
}

// Retire makes every connection end with its next answer, which says so; nothing
// else changes. Callers that keep connections then make new ones in good order,
// and few are left that Shutdown would close while a request is on its way.
func (l *Listener) Retire() { l.retiring.Store(true) }

// Shutdown stops accepting, lets those who have come make their call, closes
// idle connections and waits for the running calls, whose connections close after
// their answers. The error wraps ctx.Err() when ctx ends first; Close then cuts
// the rest. A connection that has sent part of a head counts as idle, since
// nothing of that request was looked at.
func (l *Listener) Shutdown(ctx context.Context) error {
	l.Retire()
	l.arrivals.end(ctx, l.closeSocket)
	err := l.server.Shutdown(ctx)
	return errors.Join(err, l.closeSocket())
}

// Close stops accepting and closes every connection at once.
func (l *Listener) Close() error {
	l.closing.Store(true)
	err := l.server.Close()
	return errors.Join(err, l.closeSocket())
}

// closeSocket also serves the case that Serve never ran, when net/http does
// not know the socket.
func (l *Listener) closeSocket() error {
	if err := l.socket.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
		return err
	}
	return nil
}

// SetTLS swaps what later handshakes use, resumptions included, and what
// VerifyPeer holds open connections against. On an error nothing changes. A
// plain listener cannot become a TLS listener or the reverse.
func (l *Listener) SetTLS(o *TLSOptions) error {
	if l.tls.Load() == nil || o == nil {
		return fmt.Errorf("listener %s: TLS cannot be turned on or off while running", l.options.Load().Name)
	}
	settings, err := o.settings()
	if err != nil {
		return fmt.Errorf("listener %s: %w", l.options.Load().Name, err)
	}
	l.tls.Store(settings)
	return nil
}

// acceptor is the net.Listener that net/http serves from.
type acceptor struct{ *Listener }

// Accept gives the next connection within the limits, its gate in place.
func (a acceptor) Accept() (net.Conn, error) {
	for {
		socket, err := a.socket.Accept()
		if err != nil {
			a.arrivals.ended()
			return nil, err
		}
		remote := addrPort(socket.RemoteAddr())
		if limit := a.admission.enter(remote.Addr()); limit != "" {
			// Told first: whoever sees the connection close finds it counted.
			if o := a.options.Load(); o.OnReject != nil {
				o.OnReject(RejectedConn{Listener: o.Name, Remote: remote, Limit: limit})
			}
			_ = socket.Close()
			continue
		}
		return newConn(a.Listener, socket, remote), nil
	}
}

// Close is called by net/http when it shuts down or closes.
func (a acceptor) Close() error {
	a.arrivals.release()
	return a.closeSocket()
}
