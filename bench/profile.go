package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"time"

	"rivgate/bench/load"
)

// profile records where the gateway's CPU time goes while it is called as often
// as it can be.
func profile(ctx context.Context, args []string, stdout, stderr io.Writer) (err error) {
	set := flags("profile", stderr)
	gateway := gatewayFlag(set)
	only := set.String("only", headline, "the case to run, by a `text` in its name")
	out := set.String("out", "bin/bench.pprof", "`file` for go tool pprof")
	seconds := set.Int("seconds", 10, "how long, in `seconds`")
	kind := set.String("kind", "profile", "`name` under /debug/pprof: profile, or allocs")
	if err := set.Parse(args); err != nil {
		return err
	}
	w, err := newWorld(*gateway, scenarios(false))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.close()) }()
	if err := w.startProducer(ctx); err != nil {
		return err
	}
	for _, s := range w.scenarios {
		if s.named(*only) {
			fmt.Fprintf(stdout, "%s: %d s\n", s.name, *seconds)
			return w.profile(ctx, s, *out, fmt.Sprintf("%s?seconds=%d", *kind, *seconds), time.Duration(*seconds)*time.Second)
		}
	}
	return fmt.Errorf("no case is called %s", *only)
}

func (w *world) profile(ctx context.Context, s *scenario, out, query string, d time.Duration) error {
	address, admin, err := w.startObserved(ctx, usualSources)
	if err != nil {
		return err
	}
	call, err := s.call(true)
	if err != nil {
		return err
	}
	fleet := load.Gather(w.target(address, s), call, s.callers, s.connections == kept)
	defer fleet.Close()
	if _, err := fleet.Closed(ctx, time.Second); err != nil {
		return err
	}
	calling := make(chan error, 1)
	go func() {
		_, err := fleet.Closed(ctx, d+time.Second/2)
		calling <- err
	}()
	content, err := ask(ctx, http.MethodGet, admin+"/debug/pprof/"+query)
	if err = errors.Join(err, <-calling); err != nil {
		return err
	}
	return os.WriteFile(out, content, 0o644)
}

// startObserved starts the gateway, until the world's end, with its listener for
// operators; extra is as in gatewayConfig. It returns where callers and operators go.
func (w *world) startObserved(ctx context.Context, extra string) (address, admin string, err error) {
	if address, err = freeAddress(); err != nil {
		return "", "", err
	}
	if admin, err = freeAddress(); err != nil {
		return "", "", err
	}
	c, err := startGatewayWith(ctx, w, address, admin, extra)
	if err != nil {
		return "", "", err
	}
	w.children = append(w.children, c)
	return address, "http://" + admin, nil
}

// operators is the client for the gateway's own endpoints.
var operators = &http.Client{Timeout: time.Minute}

// ask is the answer of an operators' endpoint.
func ask(ctx context.Context, method, url string) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, method, url, nil)
	if err != nil {
		return nil, err
	}
	answer, err := operators.Do(request)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	content, err := io.ReadAll(answer.Body)
	if err != nil {
		return nil, err
	}
	if answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s %s: %s: %s", method, url, answer.Status, content)
	}
	return content, nil
}
