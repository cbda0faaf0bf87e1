package app

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"

	"rivgate/admin"
	"rivgate/config"
)

// operations are the operators' listeners and what they serve.
type operations struct {
	servers []*http.Server
	sockets []net.Listener
	main    net.Addr // of the listener that serves everything, nil for none
}

// bindOperations binds the operators' listeners.
func (a *App) bindOperations() error {
	settings := a.cfg.Admin
	bind := func(key, address string, handler http.Handler) error {
		socket, err := net.Listen("tcp", address)
		if err != nil {
			return config.Errors{a.cfg.Problem(key, err.Error())}
		}
		a.operations.sockets = append(a.operations.sockets, socket)
		a.operations.servers = append(a.operations.servers, admin.NewServer(handler))
		a.logger.Info("listening", "listener", "admin", "address", socket.Addr().String())
		return nil
	}
	operators, err := a.newAdmin(a.cfg)
	if err != nil {
		return err
	}
	a.admin.Store(operators)
	if settings.Address != "" {
		if err := bind("admin.address", settings.Address, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			a.admin.Load().ServeHTTP(w, r)
		})); err != nil {
			return err
		}
		a.operations.main = a.operations.sockets[0].Addr()
	}
	for i, also := range settings.Also {
		if err := bind(fmt.Sprintf("admin.also[%d].address", i), also.Address, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			a.admin.Load().Only(also.Serve).ServeHTTP(w, r)
		})); err != nil {
			return err
		}
	}
	return nil
}

// AdminAddr is the bound address of the operators' listener, nil if there is none.
func (a *App) AdminAddr() net.Addr {
	return a.operations.main
}

// serveOperations serves until closeOperations; operators can ask before the
// gateway is ready, and while it drains.
func (a *App) serveOperations() {
	for i, server := range a.operations.servers {
		go func() {
			if err := server.Serve(a.operations.sockets[i]); !errors.Is(err, http.ErrServerClosed) {
				a.logger.Error("admin", "reason", err.Error())
			}
		}()
	}
}

func (a *App) closeOperations() {
	for i, server := range a.operations.servers {
		_ = server.Close()
		_ = a.operations.sockets[i].Close() // of a server that never served
	}
}

// newAdmin makes what the operators' listeners serve under cfg.
func (a *App) newAdmin(cfg *config.Config) (*admin.Admin, error) {
	token, err := readSecret(cfg.Admin.TokenFile)
	if err != nil {
		return nil, config.Errors{cfg.Problem("admin.token_file", err.Error())}
	}
	return admin.New(admin.Options{
		Token:          token,
		PProf:          cfg.Admin.PProf,
		Metrics:        a.metrics,
		State:          a.state,
		ResetCatalogue: a.resetCatalogue,
		ResetHSA:       a.resetHSA,
		Reload:         a.reloadReasons,
		Level:          a.level,
		Explain:        a.explain,
		Act: func(act admin.Act) {
			a.logger.Info("admin", "act", act.Name, "remote", act.Remote, "result", act.Result)
			a.act(act.Remote, act.Name, act.Result)
		},
	}), nil
}

func (a *App) resetCatalogue(ctx context.Context) admin.CatalogueReset {
	report := a.Refresh(ctx)
	return admin.CatalogueReset{Lines: report.Lines, Err: report.Err}
}

func (a *App) resetHSA(ctx context.Context) admin.HSAReset {
	reset := a.ResetHSA(context.WithoutCancel(ctx)) // an operator who leaves is no reason to hurry
	return admin.HSAReset{Files: reset.Files, Old: reset.Old, New: reset.New, Err: reset.Err}
}

// reloadReasons is reload with the reasons it failed for, one a line.
func (a *App) reloadReasons(ctx context.Context) []string {
	if err := a.reload(ctx); err != nil {
		return strings.Split(err.Error(), "\n")
	}
	return nil
}

func (a *App) explain(_ context.Context, q admin.Question) (any, error) {
	query := Query{Contract: q.Contract, Receiver: q.Receiver, Sender: q.Sender, Profile: q.Profile}
	if !q.At.IsZero() {
		query.At = q.At.Format(time.RFC3339Nano)
	}
	return a.Explainer().Explain(query)
}

// state is what the operators' pages say of the gateway.
func (a *App) state() admin.State {
	a.changing.Lock()
	defer a.changing.Unlock()
	return admin.State{
		Instance:  a.cfg.Instance.Name,
		Version:   a.o.Version,
		Built:     a.o.Built,
		Started:   a.started,
		Draining:  a.draining.Load(),
		Endpoints: a.endpoints(),
		Catalogue: a.catalogueState(),
		HSA:       a.hsaState(),
		Audit:     a.auditState(),
	}
}

// endpoints are the plain listeners' base URLs, as VP lists them.
func (a *App) endpoints() []string {
	var urls []string
	for i, listener := range a.cfg.Listeners {
		if listener.TLS == nil && i < len(a.listeners) {
			urls = append(urls, "http://"+a.listeners[i].Addr().String()+listener.Path)
		}
	}
	return urls
}

func (a *App) catalogueState() admin.CatalogueState {
	var state admin.CatalogueState
	if catalogue := a.gateway.View().Routing.Catalogue(); catalogue != nil {
		state = admin.CatalogueState{
			InForce:     true,
			Revision:    catalogue.Revision(),
			Origin:      string(catalogue.Origin()),
			Loaded:      catalogue.Loaded(),
			Routes:      catalogue.RouteCount(),
			Permissions: catalogue.PermissionCount(),
		}
	}
	report, ok := a.catalogue.refresher.Last()
	if !ok {
		return state
	}
	state.Results = []admin.CatalogueResult{{
		At: report.At, Took: report.Took, Status: string(report.Status),
		Routes: report.Routes, Permissions: report.Permissions,
		Error: errorText(report.Err), CopyError: errorText(report.CopyErr),
	}}
	return state
}

func (a *App) hsaState() admin.HSAState {
	state := admin.HSAState{
		InForce: true, // the start reads the files, and fails where it cannot
		Files:   paths(a.cfg.HSA.Files),
		Created: a.tree.Created(),
		Loaded:  a.treeLoaded,
		Units:   a.tree.Len(),
	}
	for _, reset := range a.hsaResets {
		state.Results = append(state.Results, admin.HSAResult{
			At: reset.At, Old: reset.Old, New: reset.New, Error: errorText(reset.Err),
		})
	}
	return state
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
