// Package app puts the parts together: it loads what a configuration names
// (load.go), builds the view that calls are decided by (view.go), binds the
// listeners and runs until told to stop (app.go). It is the only package that
// knows both the configuration and what it is for.
package app
