package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"sync"
	"time"

	"rivgate/config"
	"rivgate/edge"
	"rivgate/proxy"
	"rivgate/record"
	"rivgate/tak"
	"rivgate/wsdl"
)

// Options say how to run.
type Options struct {
	Version        string
	Stdout, Stderr io.Writer // where log.output may lead
}

// App is a gateway with everything around it.
type App struct {
	cfg       *config.Config
	logger    *slog.Logger
	closeLog  func() error
	gateway   *proxy.Gateway
	catalogue *tak.Refresher
	listeners []*edge.Listener
	ready     chan struct{}

	mu sync.Mutex // held while a new view is made from the running one
}

// New loads everything cfg names and binds the listeners; nothing is served
// before Run. The error holds all that is wrong, one finding a line.
func New(cfg *config.Config, o Options) (*App, error) {
	logger, closeLog, err := newLogger(cfg.Log, o.Stdout, o.Stderr)
	if err != nil {
		return nil, config.Errors{cfg.Problem("log", err.Error())}
	}
	l, found := load(cfg, o.Version)
	if err := found.Err(); err != nil {
		return nil, errors.Join(err, closeLog())
	}
	a := &App{cfg: cfg, logger: logger, closeLog: closeLog, ready: make(chan struct{})}
	for _, finding := range found {
		logger.Warn("configuration", "finding", finding.String())
	}
	a.gateway = proxy.New(proxy.Options{
		View:   baseView(cfg, l, o.Version),
		Edge:   connections{},
		Record: record.NewLog(logger),
		WSDL:   wsdl.New(),
	})
	a.catalogue = a.newRefresher(l)
	if err := a.listen(l); err != nil {
		return nil, errors.Join(err, a.close())
	}
	return a, nil
}

func (a *App) newRefresher(l *loaded) *tak.Refresher {
	settings := a.cfg.TAK
	host, err := os.Hostname()
	if err != nil {
		host = "UNKNOWN"
	}
	return tak.NewRefresher(tak.Options{
		Client:    l.client,
		File:      string(settings.File),
		LocalCopy: string(settings.LocalCopy),
		Interval:  settings.Refresh.Interval,
		Retry:     settings.Refresh.Retry,
		MaxShrink: settings.Refresh.MaxShrink,
		Logger:    a.logger,
		HostName:  host,
		OnChange:  func(catalogue *tak.Catalogue) { a.useCatalogue(catalogue, l) },
	})
}

// useCatalogue makes new calls go by catalogue.
func (a *App) useCatalogue(catalogue *tak.Catalogue, l *loaded) {
	a.mu.Lock()
	defer a.mu.Unlock()
	view := *a.gateway.View()
	view.Routing = routingView(a.cfg, catalogue, l.tree)
	a.gateway.Swap(&view)
	a.logger.Info("catalogue", "revision", catalogue.Revision(), "origin", string(catalogue.Origin()),
		"routes", catalogue.RouteCount(), "permissions", catalogue.PermissionCount())
	for _, text := range routesBack(catalogue, a.boundListeners()) {
		a.logger.Warn("catalogue", "finding", text)
	}
}

func (a *App) listen(l *loaded) error {
	for i, settings := range a.cfg.Listeners {
		limits := a.cfg.Limits
		listener, err := edge.Listen(edge.Options{
			Name:        settings.Name,
			Address:     settings.Address,
			TLS:         l.listeners[i],
			KeepAlive:   settings.KeepAlive.Enabled,
			Idle:        settings.KeepAlive.Idle,
			Handshake:   settings.Timeouts.Handshake,
			Header:      settings.Timeouts.Header,
			HeaderBytes: int(limits.HeaderBytes),
			Headers:     limits.Headers,
			Connections: limits.Connections,
			PerAddress:  limits.PerAddress,
			Handler:     a.gateway,
			Logger:      a.logger,
			OnHandshakeError: func(e edge.HandshakeError) {
				a.logger.Warn("handshake", "listener", e.Listener, "remote", e.Remote.String(), "reason", e.Err.Error(),
					"subject", e.Subject, "issuer", e.Issuer, "serial", e.Serial)
			},
			OnReject: func(r edge.RejectedConn) {
				a.logger.Warn("connection refused", "listener", r.Listener, "remote", r.Remote.String(), "limit", r.Limit)
			},
		})
		if err != nil {
			return config.Errors{a.cfg.Problem(fmt.Sprintf("listeners[%d].address", i), err.Error())}
		}
		a.listeners = append(a.listeners, listener)
	}
	return nil
}

// boundListeners are the plain listeners under the addresses they are bound to.
func (a *App) boundListeners() []plainListener {
	plain := configuredListeners(a.cfg.Listeners)
	for i := range plain {
		if addr := a.Addr(plain[i].name); addr != nil {
			plain[i].address = addr.String()
		}
	}
	return plain
}

// Addr is the bound address of a listener, nil if there is none of that name.
func (a *App) Addr(name string) net.Addr {
	for i, listener := range a.listeners {
		if a.cfg.Listeners[i].Name == name {
			return listener.Addr()
		}
	}
	return nil
}

// Refresh reads the catalogue anew.
func (a *App) Refresh(ctx context.Context) tak.Report { return a.catalogue.Refresh(ctx) }

// Run reads the catalogue, serves until ctx ends, then drains: it goes on
// accepting for drain.wait, finishes the running calls, and cuts those that
// outlast drain.timeout.
func (a *App) Run(ctx context.Context) error {
	a.catalogue.Refresh(ctx) // what came of it is logged; without a catalogue every call is VP008

	background, stop := context.WithCancel(context.WithoutCancel(ctx))
	var running sync.WaitGroup
	running.Go(func() { a.catalogue.Run(background) })
	served := make(chan error, len(a.listeners))
	for i, listener := range a.listeners {
		a.logger.Info("listening", "listener", a.cfg.Listeners[i].Name, "address", listener.Addr().String())
		running.Go(func() { served <- listener.Serve() })
	}
	close(a.ready)
	var failed error
	select {
	case <-ctx.Done():
		a.logger.Info("draining", "calls", a.gateway.InFlight())
		wait(a.cfg.Drain.Wait)
	case failed = <-served:
	}
	err := a.shutdown()
	stop()
	running.Wait()
	return errors.Join(failed, err, a.close())
}

func wait(d time.Duration) {
	if d > 0 {
		<-time.After(d)
	}
}

// shutdown finishes what is running, for drain.timeout at most.
func (a *App) shutdown() error {
	ctx, cancel := context.WithTimeout(context.Background(), a.cfg.Drain.Timeout)
	defer cancel()
	results := make(chan error, len(a.listeners))
	for _, listener := range a.listeners {
		go func() { results <- listener.Shutdown(ctx) }()
	}
	var cut int
	for range a.listeners {
		if err := <-results; err != nil {
			cut++
		}
	}
	if cut > 0 {
		a.logger.Warn("drain timeout: calls were cut", "calls", a.gateway.InFlight())
	}
	return nil
}

func (a *App) close() error {
	for _, listener := range a.listeners {
		_ = listener.Close() // nothing is served any more
	}
	return a.closeLog()
}

// Ready is closed when the gateway accepts calls.
func (a *App) Ready() <-chan struct{} { return a.ready }
