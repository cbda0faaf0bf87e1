package app

import (
	"path/filepath"
	"testing"
	"time"

	"rivgate/config"
	"rivgate/hsa"
	"rivgate/internal/lab"
	"rivgate/proxy"
	"rivgate/tak"
)

// appBetween is an App that goes by a catalogue and a tree, and serves nobody.
func appBetween(catalogue *tak.Catalogue, tree *hsa.Tree, loadedAt time.Time) *App {
	cfg := new(config.Config)
	return &App{
		cfg: cfg, loaded: new(loaded), tree: tree, treeLoaded: loadedAt,
		catalogue: &catalogueSource{refresher: tak.NewRefresher(tak.Options{})},
		gateway:   proxy.New(proxy.Options{View: &proxy.View{Routing: routingView(cfg, catalogue, tree, nil)}}),
	}
}

// A source whose place another has taken, or that has not taken its own yet, changes
// nothing: its refresh may end at any time.
func TestOnlyTheSourceInForceIsHeard(t *testing.T) {
	tree, before, after := new(hsa.Tree), tak.New(nil, nil), tak.New(nil, nil)
	a := appBetween(before, tree, time.Now())
	if _, used := a.swapCatalogue(new(catalogueSource), after, nil); used || a.gateway.View().Routing.Catalogue() != before {
		t.Error("another source's catalogue is in force")
	}
	if _, used := a.swapCatalogue(a.catalogue, after, nil); !used || a.gateway.View().Routing.Catalogue() != after {
		t.Error("the source's catalogue is not in force")
	}
	if a.gateway.View().Routing.Tree() != tree {
		t.Error("the tree is another")
	}
}

// A reload to another TAK puts in force what was read from there, hears that source
// from then on, and ends the one before.
func TestReloadHearsItsSource(t *testing.T) {
	before, later := tak.New(nil, nil), tak.New(nil, nil)
	var other lab.Catalogue
	other.Route("C", "RIVTABP21", "http://producer.example.org/", "R")
	other.Permit("S", "C", "R")
	file := filepath.Join(t.TempDir(), "other.xml")
	if err := other.WriteLocalCopy(file); err != nil {
		t.Fatal(err)
	}
	a := appBetween(before, nil, time.Now())
	ended := make(chan struct{})
	old, source := a.catalogue, &catalogueSource{refresher: tak.NewRefresher(tak.Options{File: file})}
	old.cancel = func() { close(ended) }
	source.refresher.Refresh(t.Context())
	after := source.refresher.Current()
	cfg, l := new(config.Config), new(loaded)
	a.replace(cfg, l, source, nil)
	<-ended
	if a.source() != source || after == nil || a.gateway.View().Routing.Catalogue() != after {
		t.Error("the source or its catalogue is not in force")
	}
	if a.config() != cfg || a.loaded != l {
		t.Error("the next reload would be compared with what was before this one")
	}
	if _, used := a.swapCatalogue(old, later, nil); used {
		t.Error("the source from before is heard")
	}
	if _, used := a.swapCatalogue(source, later, nil); !used {
		t.Error("the source is not heard")
	}
}

// The tree's age, which operators see, counts from when it came into force.
func TestTreeIsDatedWhenItIsReplaced(t *testing.T) {
	first, second, third := new(hsa.Tree), new(hsa.Tree), new(hsa.Tree)
	began := time.Now().Add(-time.Hour)
	a := appBetween(tak.New(nil, nil), first, began)
	check := func(what string, tree *hsa.Tree, dated bool) {
		t.Helper()
		if a.tree != tree || a.gateway.View().Routing.Tree() != tree || a.treeLoaded.After(began) != dated {
			t.Errorf("%s: tree %p, calls go by %p, want %p; loaded %s", what, a.tree, a.gateway.View().Routing.Tree(), tree, a.treeLoaded)
		}
		a.treeLoaded = began
	}
	a.replace(a.cfg, new(loaded), a.catalogue, nil)
	check("a reload with the same files", first, false)
	a.replace(a.cfg, &loaded{tree: second}, a.catalogue, nil)
	check("a reload with other files", second, true)
	a.useTree(third, nil)
	check("a reset", third, true)
}
