package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"rivgate/internal/app"
)

func serveCommand() *cobra.Command {
	var path string
	cmd := &cobra.Command{
		Use:   "serve --config FILE",
		Short: "Run the gateway",
		Long: `Runs the gateway until SIGTERM or SIGINT, then finishes the running calls.
SIGHUP reads the configuration and what it names anew; on an error nothing changes.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx, stop := signal.NotifyContext(cmd.Context(), syscall.SIGTERM, syscall.SIGINT)
			defer stop()
			return serve(ctx, stop, cmd, path)
		},
	}
	configFlag(cmd, &path)
	return cmd
}

func serve(ctx context.Context, stop func(), cmd *cobra.Command, path string) error {
	hangups := make(chan os.Signal, 1)
	signal.Notify(hangups, syscall.SIGHUP) // before anything runs, so that none is lost
	defer signal.Stop(hangups)
	if os.Getenv("GOGC") == "" { // what the operator says goes
		afterEveryCollection(leaveSpareHeap)
	}
	gateway, err := app.Open(path, app.Options{Version: version(), Built: built(), Stdout: cmd.OutOrStdout(), Stderr: cmd.ErrOrStderr()})
	if err != nil {
		return wrong{err}
	}
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	go reloadOn(ctx, hangups, gateway)
	if err := gateway.Run(ctx); err != nil {
		return wrong{err}
	}
	return nil
}

// reloadOn reads the configuration anew at every hang-up. What comes of it is
// in the log.
func reloadOn(ctx context.Context, hangups <-chan os.Signal, gateway *app.App) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-hangups:
			_ = gateway.Reload(ctx)
		}
	}
}
