package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"rivgate/internal/app"
)

func checkCommand() *cobra.Command {
	var path string
	cmd := &cobra.Command{
		Use:   "check --config FILE",
		Short: "Say what is wrong with a configuration and what it names",
		Long: `Reads everything serve would read: the configuration, certificates, the
catalogue's copy, the HSA files. Nothing is bound and nothing connected to. Each
item is one line, FILE:LINE: KEY: TEXT. Errors exit 1; warnings alone exit 0.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			found := app.Check(path, version())
			for _, finding := range found {
				fmt.Fprintln(cmd.OutOrStdout(), finding)
			}
			if found.Err() != nil {
				return wrong{errSaid}
			}
			return nil
		},
	}
	configFlag(cmd, &path)
	return cmd
}
