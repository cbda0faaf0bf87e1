// Command rivgate is a service-virtualisation gateway for SOAP web services
// that follow RIV-TA.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"
)

// The exit codes.
const (
	exitOK    = 0
	exitWrong = 1 // the thing asked about is wrong
	exitUsage = 2 // the command line is
)

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

// wrong is an error in what the command looked at, not in how it was called.
type wrong struct{ error }

func (w wrong) Unwrap() error { return w.error }

// errSaid is a wrong that the command has already printed.
var errSaid = errors.New("already printed")

func run(args []string, stdout, stderr io.Writer) int {
	root := &cobra.Command{
		Use:           "rivgate",
		Short:         "A service-virtualisation gateway for SOAP web services that follow RIV-TA",
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			_ = cmd.Help()
			return errors.New("no command given")
		},
	}
	root.SetArgs(args)
	root.SetOut(stdout)
	root.SetErr(stderr)
	root.AddCommand(serveCommand(), demoCommand(), checkCommand(), explainCommand(), importCommand(), shadowCommand(), auditCommand(), manCommand(), versionCommand())

	err := root.ExecuteContext(context.Background())
	var failed wrong
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &failed):
		if !errors.Is(err, errSaid) {
			fmt.Fprintln(stderr, err)
		}
		return exitWrong
	default:
		fmt.Fprintf(stderr, "rivgate: %v\n", err)
		return exitUsage
	}
}

// configFlag adds --config to cmd.
func configFlag(cmd *cobra.Command, path *string) {
	cmd.Flags().StringVar(path, "config", "", "configuration file (required)")
	_ = cmd.MarkFlagRequired("config")
}
