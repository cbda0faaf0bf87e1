package app

import (
	"context"
	"errors"
	"fmt"
	"reflect"

	"rivgate/config"
	"rivgate/internal/pace"
	"rivgate/record"
	"rivgate/tak"
)

// Reload reads the configuration anew, as SIGHUP asks for, and makes calls from
// now on go by it. Running calls finish by what they began with. What did not
// change is kept: the catalogue and the HSA tree, connections to producers. On
// any error nothing changes, and the error says all that is wrong.
func (a *App) Reload(ctx context.Context) error {
	err := a.reload(ctx)
	a.act(bySignal, "reload", resultOf(err))
	return err
}

// reload is Reload, whoever asks.
func (a *App) reload(ctx context.Context) error {
	if a.o.Path == "" {
		return errors.New("there is no configuration file to read")
	}
	cfg, err := config.Load(a.o.Path)
	if err == nil {
		err = a.apply(ctx, cfg)
	}
	a.meter.Reloaded(err)
	if err != nil {
		a.logger.Error("reload", "result", "the running configuration stays", "reason", err.Error())
		return err
	}
	a.logger.Info("reload", "result", "done")
	return nil
}

// reloadFiles reads anew what the running configuration names.
func (a *App) reloadFiles(ctx context.Context) {
	err := a.apply(ctx, nil)
	a.meter.Reloaded(err)
	a.act(byWatch, "files", resultOf(err))
	if err != nil {
		a.logger.Error("files changed", "result", "what was read before stays", "reason", err.Error())
		return
	}
	a.logger.Info("files changed", "result", "read anew")
}

// apply makes next, or nil for the running configuration with its files read
// anew, the one the gateway goes by. All that can fail, and nearly all that takes
// time, comes before anything is changed.
func (a *App) apply(ctx context.Context, next *config.Config) error {
	a.reloading.Lock()
	defer a.reloading.Unlock()
	cfg := next
	if cfg == nil {
		cfg = a.cfg
	}
	l, found := load(cfg, a.o.Version, pace.New(ctx), a.cfg)
	if err := found.Err(); err != nil {
		return err
	}
	operators, err := a.newAdmin(cfg)
	if err != nil {
		return err
	}
	tracer, err := a.tracerFor(cfg)
	if err != nil {
		return err
	}
	log, err := a.log.prepare(cfg)
	if err != nil {
		a.discardTracer(tracer)
		return err
	}
	source, err := a.sourceFor(ctx, cfg, l)
	if err == nil {
		if err = a.reloadDescriptions(cfg, l); err != nil && source != a.catalogue {
			source.stop()
		}
	}
	if err != nil {
		log.discard()
		a.discardTracer(tracer)
		return err
	}
	a.report(found)
	for _, key := range a.cfg.NeedsRestart(cfg) {
		a.logger.Warn("reload", "finding", cfg.Problem(key, "takes effect with the next start").String())
	}
	another := source != a.catalogue
	a.replace(cfg, l, source, tracer)
	if catalogue := a.gateway.View().Routing.Catalogue(); another && catalogue != nil {
		a.announce(catalogue, a.boundListeners(), l.pace)
	}
	a.admin.Store(operators)
	if next == nil { // files changed, and not what the log goes by
		log.discard()
		return nil
	}
	a.rewatch()
	return log.commit()
}

// replace puts in force what has been prepared. a.reloading is held.
func (a *App) replace(cfg *config.Config, l *loaded, source *catalogueSource, tracer *record.OTLP) {
	a.building.Lock()
	defer a.building.Unlock()
	l.keep(a.loaded, a.cfg, cfg)
	tree := l.tree
	if tree == nil {
		tree = a.tree
	}
	before := a.gateway.View()
	catalogue := before.Routing.Catalogue()
	if source != a.catalogue {
		if own := source.refresher.Current(); own != source.adopted { // else calls may go by a newer one
			catalogue = own
		}
	}
	next := a.view(cfg, l, tree, catalogue, tracer)
	a.changing.Lock()
	defer a.changing.Unlock()
	a.setListeners(cfg, l)
	if source != a.catalogue {
		go a.catalogue.stop()
		a.catalogue = source
	}
	a.trace(tracer)
	a.gateway.Swap(next)
	if before.Producers != l.producers {
		before.Producers.CloseIdle()
	}
	a.cfg, a.loaded = cfg, l
	a.setTree(tree)
}

// setListeners gives each listener its settings anew; listeners are matched by
// their place, which a reload cannot change.
func (a *App) setListeners(cfg *config.Config, l *loaded) {
	for i, listener := range a.listeners {
		if i >= len(cfg.Listeners) {
			return // fewer listeners take effect with the next start
		}
		listener.Set(a.listenerOptions(cfg, i))
		if l.listeners[i] == nil || a.loaded.listeners[i] == nil {
			continue // so does TLS turned on or off
		}
		if err := listener.SetTLS(a.tlsOptions(l, cfg, i)); err != nil { // it was validated
			a.logger.Error("reload", "listener", a.names[i], "result", "its TLS settings stay", "reason", err.Error())
		}
	}
}

// sourceFor is the running source of the catalogue, or another where tak's keys or
// certificates have changed. If that asks the same as before, it goes on from the
// catalogue calls go by: what it reads is held against it, and read beside calls. If
// it asks somebody else, or otherwise, it must have been answered, or nothing changes.
func (a *App) sourceFor(ctx context.Context, cfg *config.Config, l *loaded) (*catalogueSource, error) {
	if reflect.DeepEqual(a.cfg.TAK, cfg.TAK) && l.fingerprint == a.loaded.fingerprint {
		return a.catalogue, nil
	}
	source := a.newCatalogueSource(cfg, l.client)
	known := a.catalogue.refresher.Current() != nil
	if known && asksAlike(a.cfg.TAK, cfg.TAK) {
		source.refresher.Adopt(a.catalogue.refresher)
		source.adopted = source.refresher.Current()
		source.begin(context.WithoutCancel(ctx))
		return source, nil
	}
	attempted := source.begin(context.WithoutCancel(ctx))
	select {
	case <-attempted:
	case <-ctx.Done():
		source.stop()
		return nil, ctx.Err()
	}
	report, _ := source.refresher.Last()
	if report.Status == tak.RefreshOK || !known && source.refresher.Current() != nil {
		return source, nil
	}
	source.stop()
	return nil, config.Errors{cfg.Problem("tak", fmt.Sprintf("no catalogue from there: %v", report.Err))}
}

// asksAlike tells whether both read the same catalogue in the same way, however
// often they do.
func asksAlike(a, b config.TAK) bool {
	a.Refresh, a.Timeout, a.LocalCopy = b.Refresh, b.Timeout, b.LocalCopy
	return reflect.DeepEqual(a, b)
}

// keep takes over from what was loaded before whatever is the same, so that
// connections to producers outlive a reload that does not concern them.
func (l *loaded) keep(before *loaded, old, cfg *config.Config) {
	tlsBefore, tlsNow := old.Producers.TLS, cfg.Producers.TLS
	oldRest, newRest := old.Producers, cfg.Producers
	oldRest.TLS, newRest.TLS = config.ProducerTLS{}, config.ProducerTLS{}
	same := reflect.DeepEqual(oldRest, newRest) &&
		old.Limits.HeaderBytes == cfg.Limits.HeaderBytes && old.Limits.Headers == cfg.Limits.Headers
	if l.producers = before.producers; !same {
		l.producers = producersClient(cfg.Producers, cfg.Limits)
	}
	if reflect.DeepEqual(tlsBefore, tlsNow) && l.fingerprint == before.fingerprint {
		l.choices = before.choices
	}
}
