package app

import (
	"context"
	"slices"
	"time"

	"rivgate/config"
	"rivgate/hsa"
	"rivgate/internal/pace"
)

// HSAReset is what came of reading the HSA files anew.
type HSAReset struct {
	At       time.Time
	Files    []string
	Old, New int   // units
	Err      error // the old tree goes on serving
}

// keptResets is how many resets are remembered for operators to look at.
const keptResets = 10

// ResetHSA reads the HSA files anew, beside calls: without haste until ctx ends. On
// an error the old tree goes on serving.
func (a *App) ResetHSA(ctx context.Context) HSAReset {
	a.reloading.Lock()
	defer a.reloading.Unlock()
	reset := HSAReset{At: time.Now(), Files: paths(a.cfg.HSA.Files), Old: a.tree.Len(), New: a.tree.Len()}
	gently := pace.New(ctx)
	tree, warnings, err := hsa.Load(reset.Files, gently)
	a.meter.HSARead(err)
	if err != nil {
		reset.Err = err
		a.logger.Error("hsa", "result", "the old tree goes on serving", "reason", err.Error())
	} else {
		reset.New = tree.Len()
		a.logger.Info("hsa", "units", tree.Len(), "created", tree.Created(), "warnings", len(warnings))
	}
	if err == nil {
		a.useTree(tree, gently)
	}
	a.changing.Lock()
	defer a.changing.Unlock()
	a.hsaResets = append([]HSAReset{reset}, a.hsaResets...)
	a.hsaResets = a.hsaResets[:min(len(a.hsaResets), keptResets)]
	return reset
}

// useTree makes calls from now on go by tree.
func (a *App) useTree(tree *hsa.Tree, p *pace.Pace) {
	a.building.Lock()
	defer a.building.Unlock()
	view := *a.gateway.View()
	view.Routing = routingView(a.cfg, view.Routing.Catalogue(), tree, p)
	a.changing.Lock()
	defer a.changing.Unlock()
	a.setTree(tree)
	a.gateway.Swap(&view)
}

// setTree notes which tree calls go by, and since when. a.changing is held.
func (a *App) setTree(tree *hsa.Tree) {
	if tree != a.tree {
		a.tree, a.treeLoaded = tree, time.Now()
	}
}

// sameTree tells whether both read their tree from the same files. What changes in
// them is read by a reset.
func sameTree(a, b *config.Config) bool { return slices.Equal(a.HSA.Files, b.HSA.Files) }
