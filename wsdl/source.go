package wsdl

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// Run fetches the sources, each at once and then as often as it wants, until
// ctx ends. A fetch that fails keeps what was fetched before and is made again
// after a while. It may be called once at a time.
func (s *Store) Run(ctx context.Context) {
	for ctx.Err() == nil {
		s.runRound(ctx)
	}
}

// runRound keeps the present sources until they are others or ctx ends.
func (s *Store) runRound(ctx context.Context) {
	s.mu.Lock()
	sources, changed := s.options.Sources, s.changed
	s.mu.Unlock()

	round, cancel := context.WithCancel(ctx)
	var running sync.WaitGroup
	for _, source := range sources {
		running.Go(func() { s.keep(round, source) })
	}
	select {
	case <-ctx.Done():
	case <-changed:
	}
	cancel()
	running.Wait()
}

// keep fetches one source until ctx ends or nothing is left to do.
func (s *Store) keep(ctx context.Context, source Source) {
	for {
		pause := source.Refresh
		if err := s.refresh(ctx, source); err != nil {
			if ctx.Err() != nil {
				return
			}
			o := s.fetching()
			pause = orDefault(o.Retry, DefaultRetry)
			o.logger().Warn("wsdl source", "contract", source.Contract, "url", redacted(source.URL),
				"error", err.Error(), "retry", pause)
		}
		if pause <= 0 {
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(pause):
		}
	}
}

// refresh fetches one source and serves what came.
func (s *Store) refresh(ctx context.Context, source Source) error {
	o := s.fetching()
	bounded, cancel := context.WithTimeout(ctx, orDefault(o.Timeout, DefaultTimeout))
	defer cancel()
	d, err := fetch(bounded, o.Client, source)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if ctx.Err() != nil {
		return fmt.Errorf("too late: %w", ctx.Err())
	}
	s.fetched[source] = &d.description
	warnings := s.serve()
	o.logger().Info("wsdl source", "contract", source.Contract, "url", d.origin, "path", d.path, "documents", len(d.parts))
	if d.revealing {
		o.logger().Warn("wsdl source: a namespace or another identifier names an internal address, and is kept",
			"contract", source.Contract, "url", d.origin)
	}
	for _, warning := range warnings {
		if warning.File == d.origin { // those of files were given when they were loaded
			o.logger().Warn("wsdl source", "contract", source.Contract, "finding", warning.String())
		}
	}
	return nil
}

func orDefault(d, otherwise time.Duration) time.Duration {
	if d > 0 {
		return d
	}
	return otherwise
}
