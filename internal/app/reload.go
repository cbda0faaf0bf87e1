package app

import (
	"context"
	"errors"
	"fmt"
	"reflect"

	"rivgate/config"
)

// Reload reads the configuration anew and makes calls from now on go by it.
// Running calls finish by what they began with. What did not change is kept:
// the catalogue and the HSA tree, connections to producers. On any error
// nothing changes, and the error says all that is wrong.
func (a *App) Reload(ctx context.Context) error {
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
	err := a.apply(ctx, a.config())
	a.meter.Reloaded(err)
	if err != nil {
		a.logger.Error("files changed", "result", "what was read before stays", "reason", err.Error())
		return
	}
	a.logger.Info("files changed", "result", "read anew")
}

// apply makes cfg the one the gateway goes by. What takes time is done before
// a.changing is taken, which a catalogue's arrival needs too.
func (a *App) apply(ctx context.Context, cfg *config.Config) error {
	a.reloading.Lock()
	defer a.reloading.Unlock()
	l, found := load(cfg, a.o.Version)
	if err := found.Err(); err != nil {
		return err
	}
	source, err := a.sourceFor(ctx, cfg, l)
	if err != nil {
		return err
	}
	log, err := a.log.prepare(cfg)
	if err != nil {
		return err
	}
	operators, err := a.newAdmin(cfg)
	if err == nil {
		err = errors.Join(a.swapTLS(cfg, l), a.reloadDescriptions(cfg, l))
	}
	if err != nil {
		log.discard()
		return err
	}
	a.changing.Lock()
	defer a.changing.Unlock()
	old := a.cfg
	a.report(found)
	for _, key := range old.NeedsRestart(cfg) {
		a.logger.Warn("reload", "finding", cfg.Problem(key, "takes effect with the next start").String())
	}
	l.keep(a.loaded, old, cfg)
	tree := a.treeFor(l, paths(cfg.HSA.Files))
	catalogue := a.gateway.View().Routing.Catalogue()
	if source != a.catalogue {
		catalogue = source.refresher.Current()
	}
	before := a.gateway.View()
	a.gateway.Swap(newView(cfg, l, tree, catalogue, a.o.Version))
	if before.Producers != l.producers {
		before.Producers.CloseIdle()
	}
	if source != a.catalogue {
		go a.catalogue.stop()
		a.catalogue = source
	}
	for i, listener := range a.listeners {
		if i < len(cfg.Listeners) {
			listener.Set(a.listenerOptions(cfg, i))
		}
	}
	a.cfg, a.loaded, a.tree = cfg, l, tree
	a.admin.Store(operators)
	if cfg == old { // files changed, and not what the log goes by
		log.discard()
		return nil
	}
	return log.commit()
}

// sourceFor is the running source of the catalogue, or another where tak's keys
// have changed: one that has a catalogue, or nothing changes.
func (a *App) sourceFor(ctx context.Context, cfg *config.Config, l *loaded) (*catalogueSource, error) {
	if reflect.DeepEqual(a.cfg.TAK, cfg.TAK) {
		return a.catalogue, nil
	}
	source := a.newCatalogueSource(cfg, l.client)
	source.start(context.WithoutCancel(ctx))
	if source.refresher.Current() == nil {
		report, _ := source.refresher.Last()
		source.stop()
		return nil, config.Errors{cfg.Problem("tak", fmt.Sprintf("no catalogue from there: %v", report.Err))}
	}
	return source, nil
}

// swapTLS gives each listener its TLS settings anew; listeners are matched by
// their place, which a reload cannot change.
func (a *App) swapTLS(cfg *config.Config, l *loaded) error {
	for i, listener := range a.listeners {
		if i < len(l.listeners) && l.listeners[i] != nil && a.loaded.listeners[i] != nil {
			if err := listener.SetTLS(l.listeners[i]); err != nil {
				return config.Errors{cfg.Problem(fmt.Sprintf("listeners[%d].tls", i), err.Error())}
			}
		}
	}
	return nil
}

// keep takes over from what was loaded before whatever is the same, so that
// connections to producers outlive a reload that does not concern them.
func (l *loaded) keep(before *loaded, old, cfg *config.Config) {
	tlsBefore, tlsNow := old.Producers.TLS, cfg.Producers.TLS
	oldRest, newRest := old.Producers, cfg.Producers
	oldRest.TLS, newRest.TLS = config.ProducerTLS{}, config.ProducerTLS{}
	if reflect.DeepEqual(oldRest, newRest) {
		l.producers = before.producers
	}
	if reflect.DeepEqual(tlsBefore, tlsNow) && l.fingerprint == before.fingerprint {
		l.choices = before.choices
	}
}
