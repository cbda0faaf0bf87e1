package app

import (
	"sync"
	"weak"

	"github.com/prometheus/client_golang/prometheus"

	"rivgate/config"
	"rivgate/edge"
	"rivgate/proxy"
	"rivgate/proxy/upstream"
	"rivgate/record"
	"rivgate/tak"
)

// measuring is what an App counts and is asked for.
type measuring struct {
	registry *prometheus.Registry
	meter    *record.Metrics
	targets  knownTargets
}

// measure begins to count.
func (a *App) measure(cfg *config.Config) error {
	listeners := make([]string, len(cfg.Listeners))
	for i, listener := range cfg.Listeners {
		listeners[i] = listener.Name
	}
	a.registry = prometheus.NewRegistry()
	meter, err := record.NewMetrics(a.registry, record.MetricsOptions{
		Version:   a.o.Version,
		Listeners: listeners,
		Limits:    []string{edge.LimitConnections, edge.LimitPerAddress},
		RefreshStatuses: []string{
			string(tak.RefreshOK), string(tak.ReusingExisting), string(tak.RestoredFromLocal), string(tak.RefreshFailed),
		},
		RevocationResults: map[string][]string{
			string(edge.FromList): {string(edge.NotRevoked), string(edge.Revoked), string(edge.RevocationUnknown)},
			string(edge.FromOCSP): {
				string(edge.NotRevoked), string(edge.Revoked), string(edge.RevocationUnknown), string(edge.RevocationFailed),
			},
		},
		State: a.measured,
	})
	a.meter, a.metrics = meter, record.Handler(a.registry)
	return err
}

// measured is asked by every scrape.
func (a *App) measured() record.State {
	a.changing.Lock()
	l, tree, source := a.loaded, a.tree, a.catalogue
	a.changing.Unlock()
	view, told := a.gateway.View(), a.state()
	state := record.State{
		Ready:           len(told.NotReady()) == 0,
		InFlight:        a.gateway.InFlight(),
		InFlightLimit:   view.Limits.InFlight,
		LogLost:         a.log.Lost(),
		Connections:     make(map[string]int, len(a.listeners)),
		Producers:       a.targets.producers(view),
		Catalogue:       catalogueState(view.Routing.Catalogue(), source.refresher),
		HSAUnits:        tree.Len(),
		HSACreated:      tree.Created(),
		Certificates:    l.certificates,
		RevocationLists: l.revocationLists,
		Audit:           a.auditMeasured(),
	}
	for i, listener := range a.listeners { // which a reload cannot make more or fewer
		state.Connections[a.names[i]] = listener.Open()
	}
	return state
}

func catalogueState(catalogue *tak.Catalogue, refresher *tak.Refresher) record.CatalogueState {
	var state record.CatalogueState
	if last, ok := refresher.Last(); ok {
		state.Status, state.At, state.Took = string(last.Status), last.At, last.Took
	}
	if catalogue == nil {
		return state
	}
	state.InForce = true
	state.Revision, state.Origin = catalogue.Revision(), string(catalogue.Origin())
	state.Routes, state.Permissions = catalogue.RouteCount(), catalogue.PermissionCount()
	if state.Known = refresher.LastSuccess(); state.Known.IsZero() {
		state.Known = catalogue.Loaded()
	}
	return state
}

// otherTarget labels connections to targets that no route leads to any more.
const otherTarget = "other"

// knownTargets are the addresses that the catalogue's routes lead to. They are
// found anew when the catalogue is another.
type knownTargets struct {
	mu        sync.Mutex
	catalogue weak.Pointer[tak.Catalogue]
	addresses map[string]bool
}

// producers are the connections of a view's client by known target.
func (k *knownTargets) producers(view *proxy.View) map[string]record.ProducerState {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.learn(view.Routing.Catalogue())
	stats := view.Producers.Stats()
	all := make(map[string]record.ProducerState)
	for address, target := range stats.Targets {
		label := address
		if !k.addresses[address] {
			label = otherTarget
		}
		sum := all[label]
		sum.Dials += target.Dials
		sum.DialErrors += target.DialErrors
		sum.Retries += target.Retries
		sum.Reuses += target.Reuses
		sum.Stale += target.Stale
		sum.Handshakes += target.Handshakes
		sum.Resumptions += target.Resumptions
		sum.Open += target.Open
		sum.Idle += int64(stats.Idle[address])
		all[label] = sum
	}
	return all
}

// learn finds the addresses of a catalogue. k.mu is held.
func (k *knownTargets) learn(catalogue *tak.Catalogue) {
	if k.catalogue == weak.Make(catalogue) {
		return
	}
	k.catalogue, k.addresses = weak.Make(catalogue), make(map[string]bool)
	for route := range catalogue.FirstRoutes() {
		if target, err := upstream.ParseTarget(route.Address); err == nil {
			k.addresses[target.Addr] = true
		}
	}
}
