package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"rivgate/internal/app"
	"rivgate/internal/migrate/shadow"
	"rivgate/record"
)

type shadowFlags struct {
	config, requests, listen string
	report, decisions        string
	logs                     []string
	json                     bool
}

func shadowCommand() *cobra.Command {
	var f shadowFlags
	cmd := &cobra.Command{
		Use:   "shadow --config FILE [--log FILE…] [--requests DIR | --listen ADDRESS]",
		Short: "Say where rivgate would have decided otherwise than a running VP did",
		Long: `Reads VP's log and asks, for each call in it, what this configuration with the
catalogue's local copy decides for the same contract, receiver, sender, profile
and time. Reports where that differs, grouped, the gravest first, each group with
a call and the steps to the decision. No producer is ever called.

FILE may be compressed with gzip, and - is standard input. ECS lines and VP's
older text are understood; the times of the latter are read in the zone TZ says.

Copies of requests go through all that a call goes through but its producer:
--requests takes them from files, each one request as it was on the wire;
--listen from a proxy that mirrors its traffic, until SIGTERM. What became of a
copy is compared with the call of the same correlation id in the log, and written
as a log line with --decisions.

Exits 0 if something was compared and nothing differs but what docs/deviations.md
intends, else 1: also if a log is damaged or a file holds no whole request.`,
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			f.logs = append(f.logs, args...)
			if len(f.logs) == 0 && f.requests == "" && f.listen == "" {
				return errors.New("shadow: nothing to look at, want --log, --requests or --listen")
			}
			return f.run(cmd)
		},
	}
	flags := cmd.Flags()
	configFlag(cmd, &f.config)
	flags.StringArrayVar(&f.logs, "log", nil, "a log of VP's, - for standard input (give it several times, or more files after it)")
	flags.StringVar(&f.requests, "requests", "", "folder with copies of requests, one a file")
	flags.StringVar(&f.listen, "listen", "", "address to take copies of requests at")
	flags.StringVar(&f.decisions, "decisions", "", "file for a log line of each copy, - for standard error")
	flags.StringVar(&f.report, "report", "", "file for the report instead of standard output")
	flags.BoolVar(&f.json, "json", false, "report as JSON")
	cmd.MarkFlagsMutuallyExclusive("requests", "listen")
	return cmd
}

func (f *shadowFlags) run(cmd *cobra.Command) error {
	if err := f.spareLogs(); err != nil {
		return wrong{err}
	}
	s, err := app.NewShadow(f.config, version())
	if err != nil {
		return wrong{err}
	}
	if err := f.rehearse(cmd, s); err != nil {
		return wrong{err}
	}
	report, err := s.Compare(f.logs, cmd.InOrStdin())
	if err != nil {
		return wrong{err}
	}
	if err := f.write(cmd.OutOrStdout(), report); err != nil {
		return wrong{err}
	}
	if err := report.Failed(); err != nil {
		return wrong{err}
	}
	return nil
}

// spareLogs refuses to write what is written over a log that is to be read.
func (f *shadowFlags) spareLogs() error {
	for _, written := range []string{f.report, f.decisions} {
		out, err := os.Stat(written)
		if err != nil || !out.Mode().IsRegular() {
			continue
		}
		for _, log := range f.logs {
			if in, err := os.Stat(log); err == nil && os.SameFile(in, out) {
				return fmt.Errorf("%s is a log to read: nothing is written over it", written)
			}
		}
	}
	return nil
}

// rehearse takes the copies of requests, if there are any.
func (f *shadowFlags) rehearse(cmd *cobra.Command, s *app.Shadow) (err error) {
	if f.requests == "" && f.listen == "" {
		return nil
	}
	var sink record.Sink
	if f.decisions != "" {
		out, closed, failed := output(f.decisions, cmd.ErrOrStderr())
		if failed != nil {
			return failed
		}
		told, flush := s.Decisions(out)
		sink = told
		defer func() { flush(); err = errors.Join(err, closed()) }()
	}
	ctx, stop := signal.NotifyContext(cmd.Context(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	if f.requests != "" {
		return s.Replay(ctx, f.requests, sink)
	}
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	return s.Listen(ctx, f.listen, sink, func(address net.Addr) {
		fmt.Fprintln(cmd.ErrOrStderr(), "taking copies of requests at", address)
	})
}

func (f *shadowFlags) write(stdout io.Writer, report *shadow.Report) error {
	out, closed, err := output(f.report, stdout)
	if err != nil {
		return err
	}
	if f.json {
		err = report.WriteJSON(out)
	} else {
		err = report.WriteText(out)
	}
	return errors.Join(err, closed())
}

// output is the file of that name, or instead for - and none.
func output(name string, instead io.Writer) (out io.Writer, closed func() error, err error) {
	if name == "" || name == "-" {
		return instead, func() error { return nil }, nil
	}
	file, err := os.OpenFile(name, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o640)
	if err != nil {
		return nil, nil, err
	}
	return file, file.Close, nil
}
