package main

import (
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"rivgate/internal/demo"
)

func demoCommand() *cobra.Command {
	var once bool
	var keep string
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Run a whole sandbox in one process and make a call through it",
		Long: `Starts throw-away certificates, a catalogue, an HSA tree, producers and the
gateway with TLS, all on this machine and in a temporary folder; makes one call
through the gateway, prints it with curl lines to paste, and stays up until
Ctrl-C. With --once it exits after the call: 0 if it succeeded.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx, stop := signal.NotifyContext(cmd.Context(), syscall.SIGTERM, syscall.SIGINT)
			defer stop()
			if err := demo.Run(ctx, demo.Options{Version: version(), Out: cmd.OutOrStdout(), Once: once, Keep: keep}); err != nil {
				return wrong{err}
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&keep, "keep", "", "leave everything in this folder instead of a temporary one")
	cmd.Flags().BoolVar(&once, "once", false, "exit after the call, 0 if it succeeded")
	return cmd
}
