package app

import (
	"context"
	"path/filepath"
	"slices"
	"time"

	"github.com/fsnotify/fsnotify"

	"rivgate/config"
)

// settle is how long files must be left alone before they are read: editors
// and Kubernetes change several in a row.
const settle = 300 * time.Millisecond

// newWatcher looks at the files from now on: what changes is kept for watch. It is
// nil where the system does not let us.
func (a *App) newWatcher() (*fsnotify.Watcher, watched) {
	watcher, err := fsnotify.NewWatcher()
	if err != nil {
		a.logger.Error("watch", "result", "files are not watched", "reason", err.Error())
		return nil, watched{}
	}
	return watcher, a.lookAt(watcher)
}

// watch reads certificates, revocation lists, HSA files and descriptions anew
// when they change, while reload.watch is on. It watches folders, because files are
// replaced rather than written.
func (a *App) watch(ctx context.Context, watcher *fsnotify.Watcher, watched watched) {
	if watcher == nil {
		return
	}
	defer watcher.Close()
	changed := changes{}
	for {
		select {
		case <-ctx.Done():
			return
		case <-a.renamed:
			watched = a.lookAt(watcher)
		case event := <-watcher.Events:
			changed.note(event.Name, watched)
		case <-changed.settled:
			a.readChanged(ctx, changed)
			changed = changes{}
			watched = a.lookAt(watcher)
		case err := <-watcher.Errors:
			if err != nil {
				a.logger.Warn("watch", "reason", err.Error())
			}
		}
	}
}

// rewatch makes watch look at what the configuration names now.
func (a *App) rewatch() {
	select {
	case a.renamed <- struct{}{}:
	default:
	}
}

// readChanged reads anew what has changed.
func (a *App) readChanged(ctx context.Context, changed changes) {
	if changed.certificates || changed.descriptions {
		a.reloadFiles(ctx)
	}
	if changed.units {
		a.act(byWatch, "resethsacache", resultOf(a.ResetHSA(ctx).Err))
	}
}

// watched is what is watched.
type watched struct {
	certificates, units []string // files
	descriptions        []string // folders
}

// lookAt adds the folders that the running configuration names to those that
// are watched. None is taken away: what happens there means nothing then, as
// nothing does while reload.watch is off.
func (a *App) lookAt(watcher *fsnotify.Watcher) watched {
	if !a.config().Reload.Watch {
		return watched{}
	}
	certificates, units := watchedFiles(a.config())
	w := watched{certificates, units, a.descriptions.Folders()}
	known := watcher.WatchList()
	for _, folder := range append(folders(certificates, units), w.descriptions...) {
		if slices.Contains(known, folder) {
			continue
		}
		if err := watcher.Add(folder); err != nil {
			a.logger.Warn("watch", "folder", folder, "reason", err.Error())
		}
	}
	return w
}

// changes are what has happened since files were last read.
type changes struct {
	certificates, units, descriptions bool
	settled                           <-chan time.Time
}

// note takes in one event. Kubernetes swaps a folder's ..data link and leaves
// the files' own names alone, so that any change in a folder counts for the
// files in it.
func (c *changes) note(name string, watched watched) {
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
	c.certificates = c.certificates || in(watched.certificates)
	c.units = c.units || in(watched.units)
	c.descriptions = c.descriptions || slices.Contains(watched.descriptions, folder)
	if c.certificates || c.units || c.descriptions {
		c.settled = time.After(settle)
	}
}

// watchedFiles are the files whose change is acted on.
func watchedFiles(cfg *config.Config) (certificates, units []string) {
	for _, listener := range cfg.Listeners {
		if tls := listener.TLS; tls != nil {
			certificates = named(certificates, tls.Certificate, tls.Key, tls.PKCS12, tls.PasswordFile)
			certificates = named(certificates, tls.ClientCA...)
			certificates = named(certificates, tls.Revocation.CRL...)
		}
	}
	return append(certificates, clientFiles(cfg)...), paths(cfg.HSA.Files)
}

// clientFiles are the files that TLS towards producers and TAK is made of.
func clientFiles(cfg *config.Config) (files []string) {
	clients := []config.ClientTLS{cfg.Producers.TLS.Default, cfg.TAK.TLS}
	for _, override := range cfg.Producers.TLS.Overrides {
		clients = append(clients, override.Over(cfg.Producers.TLS.Default))
	}
	for _, tls := range clients {
		files = named(files, tls.Certificate, tls.Key, tls.PKCS12, tls.PasswordFile)
		files = named(files, tls.CA...)
	}
	return files
}

// named adds those of the paths that name a file.
func named(files []string, more ...config.Path) []string {
	for _, path := range more {
		if path != "" {
			files = append(files, string(path))
		}
	}
	return files
}

// folders are the folders the files are in, each once.
func folders(lists ...[]string) []string {
	var all []string
	for _, list := range lists {
		for _, file := range list {
			all = append(all, filepath.Dir(file))
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}
