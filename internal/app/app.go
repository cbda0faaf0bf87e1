package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"rivgate/admin"
	"rivgate/config"
	"rivgate/edge"
	"rivgate/hsa"
	"rivgate/proxy"
	"rivgate/record"
	"rivgate/record/audit"
	"rivgate/tak"
	"rivgate/wsdl"
)

// Options say how to run.
type Options struct {
	Path           string // of the configuration, for reloading; empty: never reloaded
	Version        string
	Built          time.Time // zero: unknown
	Stdout, Stderr io.Writer // where log.output may lead
}

// App is a gateway with everything around it.
type App struct {
	o         Options
	logger    *slog.Logger
	level     *slog.LevelVar
	log       *logging
	audit     *audit.Log // nil: off
	gateway   *proxy.Gateway
	listeners []*edge.Listener
	names     []string      // the listeners'
	renamed   chan struct{} // the configuration may name other files
	started   time.Time
	ready     chan struct{} // closed when calls are accepted
	draining  atomic.Bool
	measuring

	descriptions *wsdl.Store
	responders   *edge.Responders // asked by every listener whose ocsp is on
	unclear      seldom
	operations   operations
	admin        atomic.Pointer[admin.Admin]
	metrics      http.Handler

	reloading sync.Mutex // held for the whole of a reload or of reading HSA files: there is one at a time

	// building is held while a view is made of what follows, which takes a while
	// beside calls, and until that is in force. Within it changing is held for the
	// moment in which what follows changes: who asks how the gateway is waits for no
	// view. Calls need neither, they have their view. The order is reloading, building,
	// changing. Configuration, what was loaded, tree and catalogue's source change with
	// building and changing held, so that one of them suffices to read them.
	building sync.Mutex

	changing   sync.Mutex
	cfg        *config.Config
	loaded     *loaded
	tracer     *record.OTLP   // nil: off
	retired    []*record.OTLP // replaced, and not closed yet
	tree       *hsa.Tree
	treeLoaded time.Time
	hsaResets  []HSAReset // newest first
	catalogue  *catalogueSource
}

// New loads everything cfg names and binds the listeners; nothing is served
// before Run. The error holds all that is wrong, one finding a line.
func New(cfg *config.Config, o Options) (*App, error) {
	l, found := load(cfg, o.Version, nil, nil)
	if err := found.Err(); err != nil {
		return nil, err
	}
	return assemble(cfg, l, found, o)
}

// assemble makes an App of what was loaded without errors.
func assemble(cfg *config.Config, l *loaded, found Findings, o Options) (*App, error) {
	log, err := newLogging(cfg, o.Stdout, o.Stderr)
	if err != nil {
		return nil, config.Errors{cfg.Problem("log.output", err.Error())}
	}
	a := &App{
		o: o, log: log, logger: log.Logger(), level: &log.level,
		started: time.Now(), ready: make(chan struct{}), renamed: make(chan struct{}, 1),
		cfg: cfg, loaded: l, tree: l.tree, treeLoaded: time.Now(), responders: edge.NewResponders(),
	}
	l.producers = producersClient(cfg.Producers, cfg.Limits)
	a.hsaResets = []HSAReset{{At: a.started, Files: paths(cfg.HSA.Files), New: l.tree.Len()}} // the start is VP's first reset
	a.report(found)
	tracer, err := a.tracerFor(cfg)
	if err = errors.Join(err, a.measure(cfg)); err != nil {
		return nil, errors.Join(err, log.close())
	}
	a.trace(tracer)
	if err := a.openAudit(cfg); err != nil {
		a.stopTracing()
		return nil, errors.Join(err, log.close())
	}
	a.gateway = proxy.New(proxy.Options{
		View:   a.view(cfg, l, l.tree, nil, tracer),
		Edge:   connections{},
		Record: a.sinks(),
		WSDL:   l.descriptions,
		Unfit:  a.auditRefusal,
	})
	a.descriptions = l.descriptions
	if err := a.reloadDescriptions(cfg, l); err != nil {
		return nil, errors.Join(err, a.close())
	}
	a.catalogue = a.newCatalogueSource(cfg, l.client)
	if err := errors.Join(a.listen(), a.bindOperations()); err != nil {
		return nil, errors.Join(err, a.close())
	}
	return a, nil
}

// report logs findings that did not stop what was begun.
func (a *App) report(found Findings) {
	for _, finding := range found {
		a.logger.Warn("configuration", "finding", finding.String())
	}
}

func (a *App) listen() error {
	passed, err := passedSockets(os.Getenv)
	if err != nil {
		return err
	}
	for i, settings := range a.cfg.Listeners {
		options := a.listenerOptions(a.cfg, i)
		options.TLS = a.tlsOptions(a.loaded, a.cfg, i)
		options.Listener = passed[settings.Name]
		listener, err := edge.Listen(options)
		if err != nil {
			return config.Errors{a.cfg.Problem(fmt.Sprintf("listeners[%d].address", i), err.Error())}
		}
		a.listeners = append(a.listeners, listener)
		a.names = append(a.names, settings.Name)
		a.logger.Info("listening", "listener", settings.Name, "address", listener.Addr().String())
	}
	return nil
}

// listenerOptions are a listener's settings but for TLS.
func (a *App) listenerOptions(cfg *config.Config, i int) edge.Options {
	settings, limits := cfg.Listeners[i], cfg.Limits
	return edge.Options{
		Name:        settings.Name,
		Address:     settings.Address,
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
			a.meter.HandshakeFailed(e.Listener, e.Err)
			a.logger.Warn("handshake", "listener", e.Listener, "remote", e.Remote.String(), "reason", e.Err.Error(),
				"subject", e.Subject, "issuer", e.Issuer, "serial", e.Serial)
		},
		OnReject: func(r edge.RejectedConn) {
			a.meter.ConnectionRejected(r.Listener, r.Limit)
			a.logger.Warn("connection refused", "listener", r.Listener, "remote", r.Remote.String(), "limit", r.Limit)
		},
	}
}

// Addr is the bound address of a listener, nil if there is none of that name.
func (a *App) Addr(name string) net.Addr {
	for i, listener := range a.listeners {
		if a.names[i] == name {
			return listener.Addr()
		}
	}
	return nil
}

// Ready is closed when the gateway accepts calls.
func (a *App) Ready() <-chan struct{} { return a.ready }

// Refresh reads the catalogue anew.
func (a *App) Refresh(ctx context.Context) tak.Report { return a.source().refresher.Refresh(ctx) }

// Run reads the catalogue, serves until ctx ends, then drains: it goes on
// accepting for drain.wait, finishes the running calls, and cuts those that
// outlast drain.timeout.
func (a *App) Run(ctx context.Context) error {
	watcher, watched := a.newWatcher() // first: asking TAK may take a while, and files change meanwhile
	a.serveOperations()
	background, stop := context.WithCancel(context.WithoutCancel(ctx))
	a.source().start(background) // what comes of it is logged; without a catalogue every call is VP008

	var running sync.WaitGroup
	running.Go(func() { a.watch(background, watcher, watched) })
	running.Go(func() { a.watchLists(background) })
	running.Go(func() { a.descriptions.Run(background) })
	served := make(chan error, len(a.listeners))
	for _, listener := range a.listeners {
		running.Go(func() { served <- listener.Serve() })
	}
	close(a.ready)
	notify(os.Getenv, "READY=1")
	var failed error
	select {
	case <-ctx.Done():
		a.drain()
	case failed = <-served:
	}
	a.shutdown()
	stop()
	a.source().stop()
	running.Wait()
	return errors.Join(failed, a.close())
}

// drain says that calls should go elsewhere, and gives those who ask, and those
// who keep connections, time to hear it.
func (a *App) drain() {
	a.draining.Store(true)
	notify(os.Getenv, "STOPPING=1")
	a.logger.Info("draining", "calls", a.gateway.InFlight())
	for _, listener := range a.listeners {
		listener.Retire()
	}
	if pause := a.config().Drain.Wait; pause > 0 {
		<-time.After(pause)
	}
}

// shutdown finishes what is running, for drain.timeout at most.
func (a *App) shutdown() {
	a.draining.Store(true)
	ctx, cancel := context.WithTimeout(context.Background(), a.config().Drain.Timeout)
	defer cancel()
	var stopping sync.WaitGroup
	for _, listener := range a.listeners {
		stopping.Go(func() {
			if err := listener.Shutdown(ctx); err != nil {
				a.logger.Warn("drain timeout: calls are cut", "calls", a.gateway.InFlight(), "reason", err.Error())
			}
		})
	}
	stopping.Wait()
}

// lastWords is how long the records of calls that were cut may take to be
// written.
const lastWords = time.Second

func (a *App) close() error {
	a.closeOperations()
	for _, listener := range a.listeners {
		_ = listener.Close() // nothing is served any more
	}
	a.awaitRecords()
	a.responders.Close()
	a.stopTracing()
	return errors.Join(a.closeAudit(), a.log.close())
}

// awaitRecords waits for the records of calls that were cut.
func (a *App) awaitRecords() {
	deadline := time.After(lastWords)
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for a.gateway.InFlight() > 0 {
		select {
		case <-tick.C:
		case <-deadline:
			return
		}
	}
}

func (a *App) config() *config.Config {
	a.changing.Lock()
	defer a.changing.Unlock()
	return a.cfg
}

func (a *App) source() *catalogueSource {
	a.changing.Lock()
	defer a.changing.Unlock()
	return a.catalogue
}
