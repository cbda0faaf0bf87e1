package app

import (
	"rivgate/config"
	"rivgate/hsa"
)

// HSAReset is what came of reading the HSA files anew.
type HSAReset struct {
	Files    []string
	Old, New int   // units
	Err      error // the old tree goes on serving
}

// ResetHSA reads the HSA files anew. On an error the old tree goes on serving.
func (a *App) ResetHSA() HSAReset {
	a.changing.Lock()
	defer a.changing.Unlock()
	reset := HSAReset{Files: paths(a.cfg.HSA.Files), Old: a.tree.Len(), New: a.tree.Len()}
	tree, warnings, err := hsa.Load(reset.Files)
	if err != nil {
		reset.Err = err
		a.logger.Error("hsa", "result", "the old tree goes on serving", "reason", err.Error())
		return reset
	}
	reset.New = tree.Len()
	a.useTree(tree)
	a.logger.Info("hsa", "units", tree.Len(), "created", tree.Created(), "warnings", len(warnings))
	return reset
}

// useTree makes calls from now on go by tree. a.changing is held.
func (a *App) useTree(tree *hsa.Tree) {
	a.tree = tree
	view := *a.gateway.View()
	view.Routing = routingView(a.cfg, view.Routing.Catalogue(), tree)
	a.gateway.Swap(&view)
}

func sameFiles(a, b []config.Path) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}
