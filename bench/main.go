package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"
)

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

// commands are what the first argument may be. Producer, stock and catalogue are
// the processes that bench starts beside the proxies it finds.
var commands = map[string]func(context.Context, []string, io.Writer, io.Writer) error{
	"producer":  produce,
	"stock":     serveStock,
	"catalogue": serveCatalogue,
	"soak":      soak,
	"profile":   profile,
}

func run(args []string, stdout, stderr io.Writer) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	do := compare
	if len(args) > 0 {
		if command, known := commands[args[0]]; known {
			do, args = command, args[1:]
		}
	}
	switch err := do(ctx, args, stdout, stderr); {
	case err == nil:
		return 0
	case errors.Is(err, flag.ErrHelp):
		return 2
	default:
		fmt.Fprintf(stderr, "bench: %v\n", err)
		return 1
	}
}

// flags are the flags of a command, which complains on stderr.
func flags(name string, stderr io.Writer) *flag.FlagSet {
	set := flag.NewFlagSet(name, flag.ContinueOnError)
	set.SetOutput(stderr)
	return set
}

// gatewayFlag adds -rivgate to set.
func gatewayFlag(set *flag.FlagSet) *string {
	return set.String("rivgate", "bin/rivgate", "the gateway's `program`, as make build makes it")
}

// compare is the benchmark.
func compare(ctx context.Context, args []string, stdout, stderr io.Writer) (err error) {
	set := flags("bench", stderr)
	gateway := gatewayFlag(set)
	quick := set.Bool("quick", false, "try everything out, measure nothing")
	only := set.String("only", "", "run only the cases whose names contain this `text`")
	out := set.String("out", "", "write the page to this `file`")
	if err := set.Parse(args); err != nil {
		return err
	}
	began := time.Now()
	w, err := newWorld(*gateway, scenarios(*quick))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.close()) }()
	page := &page{proxies: present(ctx), quick: *quick}
	if err := w.startProducer(ctx); err != nil {
		return err
	}
	for _, s := range w.scenarios {
		if !s.named(*only) {
			continue
		}
		fmt.Fprintf(stderr, "%4.0f s  %s\n", time.Since(began).Seconds(), s.name)
		table, err := measure(ctx, w, page.proxies, s)
		if err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
		page.tables = append(page.tables, table...)
	}
	if large := largeCase(*quick); strings.Contains(largeName, *only) {
		fmt.Fprintf(stderr, "%4.0f s  %s\n", time.Since(began).Seconds(), largeName)
		if page.large, err = large.measure(ctx, w); err != nil {
			return fmt.Errorf("%s: %w", largeName, err)
		}
		if !*quick {
			if page.large.parts, err = measureLargeParts(ctx); err != nil {
				return err
			}
		}
	}
	if !*quick && *only == "" {
		fmt.Fprintf(stderr, "%4.0f s  Go benchmarks\n", time.Since(began).Seconds())
		if page.micro, err = micro(ctx); err != nil {
			return err
		}
	}
	text := page.String()
	if _, err := io.WriteString(stdout, text); err != nil || *out == "" {
		return err
	}
	return os.WriteFile(*out, []byte(text), 0o644)
}
