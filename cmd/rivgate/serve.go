package main

import (
	"context"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"rivgate/config"
	"rivgate/internal/app"
)

func serveCommand() *cobra.Command {
	var path string
	cmd := &cobra.Command{
		Use:   "serve --config FILE",
		Short: "Run the gateway",
		Long:  "Runs the gateway until SIGTERM or SIGINT, then finishes the running calls.",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			// Scripts send SIGHUP to have settings read anew. Until that is
			// built, dying of it would be worse than not hearing it.
			signal.Ignore(syscall.SIGHUP)
			ctx, stop := signal.NotifyContext(cmd.Context(), syscall.SIGTERM, syscall.SIGINT)
			defer stop()
			return serve(ctx, cmd, path)
		},
	}
	configFlag(cmd, &path)
	return cmd
}

func serve(ctx context.Context, cmd *cobra.Command, path string) error {
	cfg, err := config.Load(path)
	if err != nil {
		return wrong{err}
	}
	gateway, err := app.New(cfg, app.Options{Version: version(), Stdout: cmd.OutOrStdout(), Stderr: cmd.ErrOrStderr()})
	if err != nil {
		return wrong{err}
	}
	if err := gateway.Run(ctx); err != nil {
		return wrong{err}
	}
	return nil
}
