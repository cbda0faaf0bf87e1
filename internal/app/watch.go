package app

import (
	"context"
	"path/filepath"
	"time"

	"github.com/fsnotify/fsnotify"

	"rivgate/config"
)

// settle is how long files must be left alone before they are read: editors
// and Kubernetes change several in a row.
const settle = 300 * time.Millisecond

// watch reads certificates, revocation lists and HSA files anew when they
// change, while reload.watch is on. It watches folders, because files are
// replaced rather than written.
func (a *App) watch(ctx context.Context) {
	cfg := a.config()
	if !cfg.Reload.Watch {
		return
	}
	watcher, err := fsnotify.NewWatcher()
	if err != nil {
		a.logger.Error("watch", "result", "files are not watched", "reason", err.Error())
		return
	}
	defer watcher.Close()
	certificates, units := watchedFiles(cfg)
	for folder := range folders(certificates, units) {
		if err := watcher.Add(folder); err != nil {
			a.logger.Warn("watch", "folder", folder, "reason", err.Error())
		}
	}
	changed := changes{}
	for {
		select {
		case <-ctx.Done():
			return
		case event := <-watcher.Events:
			changed.note(event.Name, certificates, units)
		case <-changed.settled:
			if changed.certificates {
				a.reloadFiles(ctx)
			}
			if changed.units {
				a.ResetHSA()
			}
			changed = changes{}
		case err := <-watcher.Errors:
			if err != nil {
				a.logger.Warn("watch", "reason", err.Error())
			}
		}
	}
}

// changes are what has happened since files were last read.
type changes struct {
	certificates, units bool
	settled             <-chan time.Time
}

// note takes in one event. Kubernetes swaps a folder's ..data link and leaves
// the files' own names alone, so that any change in a folder counts for the
// files in it.
func (c *changes) note(name string, certificates, units []string) {
	folder := filepath.Dir(name)
	in := func(files []string) bool {
		for _, file := range files {
			if filepath.Clean(file) == filepath.Clean(name) ||
				filepath.Dir(file) == folder && filepath.Base(name) == "..data" {
				return true
			}
		}
		return false
	}
	c.certificates = c.certificates || in(certificates)
	c.units = c.units || in(units)
	if c.certificates || c.units {
		c.settled = time.After(settle)
	}
}

// watchedFiles are the files whose change is acted on.
func watchedFiles(cfg *config.Config) (certificates, units []string) {
	add := func(list ...config.Path) {
		for _, path := range list {
			if path != "" {
				certificates = append(certificates, string(path))
			}
		}
	}
	for _, listener := range cfg.Listeners {
		if tls := listener.TLS; tls != nil {
			add(tls.Certificate, tls.Key, tls.PKCS12, tls.PasswordFile)
			add(tls.ClientCA...)
			add(tls.Revocation.CRL...)
		}
	}
	clients := []config.ClientTLS{cfg.Producers.TLS.Default, cfg.TAK.TLS}
	for _, override := range cfg.Producers.TLS.Overrides {
		clients = append(clients, override.Over(cfg.Producers.TLS.Default))
	}
	for _, tls := range clients {
		add(tls.Certificate, tls.Key, tls.PKCS12, tls.PasswordFile)
		add(tls.CA...)
	}
	return certificates, paths(cfg.HSA.Files)
}

func folders(lists ...[]string) map[string]bool {
	all := make(map[string]bool)
	for _, list := range lists {
		for _, file := range list {
			all[filepath.Dir(file)] = true
		}
	}
	return all
}
