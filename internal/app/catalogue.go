package app

import (
	"context"
	"net/http"
	"sync"
	"time"

	"rivgate/config"
	"rivgate/internal/pace"
	"rivgate/tak"
)

// catalogueSource is where the catalogue comes from under one configuration.
type catalogueSource struct {
	refresher *tak.Refresher
	adopted   *tak.Catalogue // what it began with; nil: nothing

	cancel context.CancelFunc // nil until started
	done   sync.WaitGroup
}

// loadClient makes the client that asks TAK, nil where a file is the only source.
func loadClient(f *findings, version string) *tak.Client {
	settings := f.cfg.TAK
	if settings.File != "" {
		return nil
	}
	client, err := tak.NewClient(tak.ClientOptions{
		Address:    settings.Address,
		FollowWSDL: settings.FollowWSDL,
		HTTP: &http.Client{Transport: &http.Transport{
			TLSClientConfig: clientProfile(f, "tak.tls", settings.TLS).Config(),
			IdleConnTimeout: time.Minute,
		}},
		UserAgent: "rivgate/" + version,
		Timeout:   settings.Timeout,
	})
	if err != nil {
		f.fail("tak.address", err)
	}
	return client
}

func (a *App) newCatalogueSource(cfg *config.Config, client *tak.Client) *catalogueSource {
	source := new(catalogueSource)
	source.refresher = tak.NewRefresher(tak.Options{
		Client:    client,
		File:      string(cfg.TAK.File),
		LocalCopy: string(cfg.TAK.LocalCopy),
		Interval:  cfg.TAK.Refresh.Interval,
		Retry:     cfg.TAK.Refresh.Retry,
		MaxShrink: cfg.TAK.Refresh.MaxShrink,
		Logger:    a.logger,
		OnChange:  func(catalogue *tak.Catalogue) { a.useCatalogue(source, catalogue) },
		OnAttempt: func(report tak.Report) { a.meter.Refreshed(string(report.Status)) },
	})
	return source
}

// patience is how long a start waits for TAK before it goes by the local copy,
// until TAK has answered. It is well below what tells callers to go elsewhere.
const patience = 2 * time.Second

// begin makes the first attempt and goes on in the background until stop.
func (s *catalogueSource) begin(ctx context.Context) (attempted <-chan struct{}) {
	ctx, s.cancel = context.WithCancel(ctx)
	attempt := make(chan struct{})
	s.done.Go(func() {
		s.refresher.Refresh(ctx)
		close(attempt)
		s.refresher.Run(ctx)
	})
	return attempt
}

// start begins and waits. When it returns there is a catalogue, or none is to
// be had soon.
func (s *catalogueSource) start(ctx context.Context) {
	select {
	case <-s.begin(ctx):
	case <-time.After(patience):
		s.refresher.Restore()
	}
}

// stop ends what the source does, an attempt that is being made too.
func (s *catalogueSource) stop() {
	if s.cancel != nil {
		s.cancel()
	}
	s.done.Wait()
	s.refresher.Close()
}

// useCatalogue makes calls from now on go by what a source has read, unless
// another source has taken its place.
func (a *App) useCatalogue(source *catalogueSource, catalogue *tak.Catalogue) {
	var gently *pace.Pace
	if a.gateway.View().Routing.Catalogue() != nil { // calls are served already
		gently = pace.New(context.Background())
	}
	listeners, used := a.swapCatalogue(source, catalogue, gently)
	if !used {
		return
	}
	a.announce(catalogue, listeners, gently)
}

// announce tells operators which catalogue calls go by from now on, and what is odd
// in it. A source that goes on from a catalogue has it told once more.
func (a *App) announce(catalogue *tak.Catalogue, listeners []plainListener, p *pace.Pace) {
	a.logger.Info("catalogue", "revision", catalogue.Revision(), "origin", string(catalogue.Origin()),
		"routes", catalogue.RouteCount(), "permissions", catalogue.PermissionCount())
	for _, text := range routesBack(catalogue, listeners, p) {
		a.logger.Warn("catalogue", "finding", text)
	}
}

// swapCatalogue tells whether calls go by catalogue now, and which plain listeners
// there are.
func (a *App) swapCatalogue(source *catalogueSource, catalogue *tak.Catalogue, p *pace.Pace) (listeners []plainListener, used bool) {
	a.building.Lock()
	defer a.building.Unlock()
	if a.catalogue != nil && a.catalogue != source {
		return nil, false
	}
	view := *a.gateway.View()
	view.Routing = routingView(a.cfg, catalogue, a.tree, p)
	a.gateway.Swap(&view)
	return a.boundListeners(), true
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
