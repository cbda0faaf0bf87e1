package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"sync/atomic"
	"time"

	"rivgate/bench/load"
	"rivgate/internal/lab"
)

// large is the case of a catalogue and a tree of national size. The catalogue is
// refreshed while calls are made.
type large struct {
	routes, permissions, units int

	rounds int // of calls with refreshes, and then as many without
	slices int // of each at least; there are more until a refresh has ended
	slice  time.Duration
}

const (
	largeName = "Large catalogue"
	largePath = textPath + "2000" // the producer's
	largeTree = "large-hsa.xml"
	climb     = 8 // levels from the address that is called to the one that has the route
)

func largeCase(quick bool) *large {
	if quick {
		return &large{routes: 1000, permissions: 3000, units: 2000, rounds: 1, slices: 2, slice: 50 * time.Millisecond}
	}
	return &large{routes: 100_000, permissions: 300_000, units: 200_000, rounds: 6, slices: 12, slice: time.Second}
}

// unit is the id of a unit. Each has four below it.
func unit(i int) string { return fmt.Sprintf("SE0000000000-UNIT%06d", i) }

func parent(i int) int { return (i - 1) / 4 }

// tree is the units, those above before those below.
func (l *large) tree() []lab.Unit {
	units := []lab.Unit{{ID: unit(0), DN: "o=Region,c=SE", Name: "Region"}}
	for i := 1; i < l.units; i++ {
		units = append(units, lab.Unit{ID: unit(i), DN: fmt.Sprintf("ou=Unit %d,%s", i, units[parent(i)].DN), Name: unit(i)})
	}
	return units
}

// called is the unit that is called, and the one above it whose route and
// permission are found.
func (l *large) called() (below, above int) {
	below = l.units - 1
	above = below
	for range climb {
		above = parent(above) // the topmost is above itself
	}
	return below, above
}

// catalogue has what the calls need, and for the rest rows with few contracts
// and senders and many receivers.
func (l *large) catalogue(producer string) lab.Catalogue {
	_, above := l.called()
	var c lab.Catalogue
	c.Route(contract, string(lab.Profile21), "https://"+producer+largePath, unit(above))
	c.Permit(consumerID, contract, unit(above))
	other := func(i int) string { return fmt.Sprintf("urn:riv:bench:other:GetOther%dResponder:1", i%300) }
	for i := 1; i < l.routes; i++ {
		c.Route(other(i), string(lab.Profile21), fmt.Sprintf("https://producer%d.example.org/get/%d", i%500, i%20_000), unit(i/5%l.units))
	}
	for i := 1; i < l.permissions; i++ {
		c.Permit(sender(i%700), other(i), unit(i/15%l.units))
	}
	return c
}

// serveCatalogue writes the tree, and then serves the catalogue as TAK does. It
// is a process of its own, so that the callers' holds little.
func serveCatalogue(ctx context.Context, args []string, _, stderr io.Writer) error {
	set := flags("catalogue", stderr)
	dir := set.String("dir", "", "`folder` for the tree")
	address := set.String("address", "", "`address` to listen on")
	producer := set.String("producer", "", "`address` of the producer")
	var l large
	set.IntVar(&l.routes, "routes", 0, "how many")
	set.IntVar(&l.permissions, "permissions", 0, "how many")
	set.IntVar(&l.units, "units", 0, "how many")
	if err := set.Parse(args); err != nil {
		return err
	}
	if err := lab.WriteHSAFile(filepath.Join(*dir, largeTree), l.tree()...); err != nil {
		return err
	}
	tak, err := lab.StartTAK(*address, l.catalogue(*producer))
	if err != nil {
		return err
	}
	<-ctx.Done()
	return tak.Close()
}

// largeRun is the case while it is measured, and what came of it.
type largeRun struct {
	*large
	*child
	admin string // where operators ask
	fleet *load.Fleet
	rate  float64 // of calls, a second

	without, with []sample     // slices without refreshes, and with them
	refreshes     []float64    // how long each took, in seconds
	ended         atomic.Int64 // refreshes
	whole         int64        // refreshes that ended while calls were made
	cpu           float64      // what one needed, in seconds
	before, peak  int64        // bytes resident before the first, and the most since
	parts         goFigures    // nil: not measured
}

// measure calls the gateway at a steady rate, by turns without refreshes and
// while they run one after the other.
func (l *large) measure(ctx context.Context, w *world) (*largeRun, error) {
	tak, err := w.startCatalogue(ctx, l)
	if err != nil {
		return nil, err
	}
	address, admin, err := w.startObserved(ctx,
		fmt.Sprintf("tak: {address: \"http://%s%s\", local_copy: large-tak.xml}\nhsa: {files: [%s]}\n", tak, lab.TAKPath, largeTree))
	if err != nil {
		return nil, err
	}
	below, _ := l.called()
	s := &scenario{size: 660, path: largePath, receiver: unit(below)}
	call, err := s.call(true)
	if err != nil {
		return nil, err
	}
	r := &largeRun{large: l, child: w.children[len(w.children)-1], admin: admin, fleet: load.Gather(w.target(address, s), call, usualCallers, true)}
	defer r.fleet.Close()
	if err := r.run(ctx); err != nil {
		return nil, fmt.Errorf("%w\n%s said: %s", err, r.name, r.said())
	}
	return r, nil
}

// startCatalogue starts the stand-in for TAK, which stays until the world's end,
// and is its address. It takes only what the others leave of the processors: a TAK
// has its own.
func (w *world) startCatalogue(ctx context.Context, l *large) (string, error) {
	program, err := os.Executable()
	if err != nil {
		return "", err
	}
	address, err := freeAddress()
	if err != nil {
		return "", err
	}
	c, err := w.start(ctx, "catalogue", address, "nice", "-n", "19", program, "catalogue", "-dir", w.dir, "-address", address, "-producer", w.producer,
		"-routes", strconv.Itoa(l.routes), "-permissions", strconv.Itoa(l.permissions), "-units", strconv.Itoa(l.units))
	if err != nil {
		return "", err
	}
	w.children = append(w.children, c)
	return address, nil
}

// ready waits until the gateway has its first catalogue: it listens before that.
func (r *largeRun) ready(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startLimit)
	defer cancel()
	for {
		_, err := ask(ctx, http.MethodGet, r.admin+"/readyz")
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(50 * time.Millisecond):
		}
	}
}

func (r *largeRun) run(ctx context.Context) error {
	if err := r.ready(ctx); err != nil {
		return err
	}
	if _, err := r.fleet.Times(ctx, 1); err != nil {
		return err
	}
	most, err := r.fleet.Closed(ctx, time.Duration(r.slices)*r.slice)
	if err != nil {
		return err
	}
	r.rate = most.PerSecond() / 3
	if r.before, err = r.Resident(); err != nil {
		return err
	}
	if err := r.ResetPeak(); err != nil {
		return err
	}
	var refreshing time.Duration // CPU time beyond that of calls alone
	for range r.rounds {
		with, used, err := r.measured(func() ([]sample, error) { return r.callsAndRefreshes(ctx) })
		if err != nil {
			return err
		}
		without, usual, err := r.measured(func() ([]sample, error) {
			return r.calls(ctx, func(taken int) bool { return taken < len(with) })
		})
		if err != nil {
			return err
		}
		r.without, r.with = append(r.without, without...), append(r.with, with...)
		refreshing += used - usual
	}
	r.cpu = refreshing.Seconds() / float64(len(r.refreshes))
	r.peak, err = r.Peak()
	return err
}

// measured tells what CPU time the gateway needs meanwhile.
func (r *largeRun) measured(do func() ([]sample, error)) ([]sample, time.Duration, error) {
	before, err := r.CPU()
	if err != nil {
		return nil, 0, err
	}
	s, err := do()
	if err != nil {
		return s, 0, err
	}
	after, err := r.CPU()
	return s, after - before, err
}

// calls are slices of calls, every one of them answered right, for as long as more
// are wanted.
func (r *largeRun) calls(ctx context.Context, more func(taken int) bool) ([]sample, error) {
	var samples []sample
	for more(len(samples)) {
		seen, err := r.fleet.Open(ctx, r.rate, r.slice)
		if err = errors.Join(err, seen.FirstCut); err != nil {
			return nil, err
		}
		samples = append(samples, sample{perSecond: seen.PerSecond(), p50: seen.Quantile(0.5), p99: seen.Quantile(0.99)})
	}
	return samples, nil
}

// callsAndRefreshes are slices of calls while refreshes run one after the other.
// It waits for the last, which may outlast the calls.
func (r *largeRun) callsAndRefreshes(ctx context.Context) ([]sample, error) {
	called := make(chan struct{})
	refreshed := make(chan error, 1)
	go func() {
		for {
			if err := r.refresh(ctx); err != nil {
				refreshed <- err
				return
			}
			select {
			case <-called:
				refreshed <- nil
				return
			default:
			}
		}
	}()
	before := r.ended.Load()
	s, err := r.calls(ctx, func(taken int) bool {
		failed := len(refreshed) > 0
		return !failed && (taken < r.slices || r.ended.Load() == before)
	})
	r.whole += r.ended.Load() - before
	close(called)
	return s, errors.Join(err, <-refreshed)
}

// refresh has the gateway fetch the catalogue, and checks that it got all of it.
func (r *largeRun) refresh(ctx context.Context) error {
	began := time.Now()
	said, err := ask(ctx, http.MethodPost, r.admin+"/resetcache")
	if err != nil {
		return err
	}
	r.refreshes = append(r.refreshes, time.Since(began).Seconds())
	r.ended.Add(1)
	for _, wanted := range []string{
		"Succeeded to get virtualizations",
		fmt.Sprintf("number of permissions: %d<", r.permissions), fmt.Sprintf("number of virtualizations: %d<", r.routes),
		"was successful: true",
	} {
		if !bytes.Contains(said, []byte(wanted)) {
			return fmt.Errorf("a refresh does not say %s: %s", wanted, said)
		}
	}
	return nil
}
