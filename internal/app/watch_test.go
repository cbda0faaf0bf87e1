package app

import (
	"testing"

	"github.com/fsnotify/fsnotify"

	"rivgate/config"
)

func TestNothingIsWatchedWhileTurnedOff(t *testing.T) {
	watcher, err := fsnotify.NewWatcher()
	if err != nil {
		t.Fatal(err)
	}
	defer watcher.Close()
	a := &App{cfg: &config.Config{HSA: config.HSA{Files: []config.Path{config.Path(t.TempDir() + "/hsa.xml")}}}}
	if w := a.lookAt(watcher); len(w.units) != 0 || len(watcher.WatchList()) != 0 {
		t.Errorf("watched: %v, %v", w.units, watcher.WatchList())
	}
}
