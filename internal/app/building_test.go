package app

import (
	"context"
	"fmt"
	"runtime"
	"testing"
	"time"

	"rivgate/config"
	"rivgate/hsa"
	"rivgate/internal/pace"
	"rivgate/proxy"
	"rivgate/tak"
)

// While a view is built beside calls, who asks how the gateway is gets an answer:
// what it looks at is locked only for moments.
func TestBuildingAViewLocksNobodyOut(t *testing.T) {
	const addresses = 10_000
	routes := make([]tak.Route, addresses)
	for i := range routes {
		routes[i] = tak.Route{Receiver: "R", Contract: "C", Address: fmt.Sprintf("https://producer%d.example.org/", i)}
	}
	for name, begin := range map[string]func(*App, *pace.Pace){
		"a catalogue": func(a *App, p *pace.Pace) { a.swapCatalogue(nil, tak.New(routes, nil), p) },
		"a tree":      func(a *App, p *pace.Pace) { a.useTree(new(hsa.Tree), p) },
		"a reload": func(a *App, p *pace.Pace) {
			a.replace(a.cfg, &loaded{pace: p}, a.catalogue, nil)
		},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := new(config.Config)
			before := &proxy.View{Routing: routingView(cfg, tak.New(routes, nil), nil, nil)}
			a := &App{cfg: cfg, loaded: new(loaded), gateway: proxy.New(proxy.Options{View: before})}
			done := make(chan struct{})
			go func() {
				defer close(done)
				begin(a, pace.New(context.Background()))
			}()
			answered := 0 // while the view was built
			for limit := time.Now().Add(time.Minute); a.gateway.View() == before && time.Now().Before(limit); runtime.Gosched() {
				if a.building.TryLock() {
					a.building.Unlock()
					continue
				}
				if a.changing.TryLock() {
					answered++
					a.changing.Unlock()
				}
			}
			<-done
			if answered < 10 || a.gateway.View() == before {
				t.Errorf("answered %d times", answered)
			}
		})
	}
}
