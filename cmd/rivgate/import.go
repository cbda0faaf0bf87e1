package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"rivgate/internal/migrate"
)

// errUnread ends an import whose report has something to be settled by hand.
var errUnread = errors.New("not everything could be read or expressed: see what the report lists as unread")

func importCommand() *cobra.Command {
	var o migrate.Options
	var force bool
	cmd := &cobra.Command{
		Use:   "import-vp --properties FILE… --out FILE",
		Short: "Turn a VP installation's configuration into one for rivgate",
		Long: `Reads VP's settings and writes a configuration for rivgate, with a report of
what became of each. FILE may be a property file, environment variables as env
prints them, or values.yaml of VP's Helm chart; of several, later ones win. Keys
and certificates in JKS and PKCS#12 stores are written as PEM beside the
configuration. Exits 1 when something could not be read; the rest is written.`,
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.Files = append(o.Files, args...)
			if err := importVP(cmd, o, force); err != nil {
				return wrong{err}
			}
			return nil
		},
	}
	cmd.Flags().StringArrayVar(&o.Files, "properties", nil, "file with VP's settings (required; give it several times, or more files after it)")
	cmd.Flags().StringVar(&o.Out, "out", "", "configuration to write (required)")
	cmd.Flags().StringVar(&o.Dir, "vp-dir", ".", "VP's working folder, where its relative paths start")
	cmd.Flags().BoolVar(&force, "force", false, "replace files that exist")
	_ = cmd.MarkFlagRequired("properties")
	_ = cmd.MarkFlagRequired("out")
	return cmd
}

func importVP(cmd *cobra.Command, o migrate.Options, force bool) error {
	result, err := migrate.Import(o)
	if err != nil {
		return err
	}
	if err := result.Write(force); err != nil {
		return err
	}
	for _, file := range result.Files {
		fmt.Fprintln(cmd.OutOrStdout(), "written", file.Path)
	}
	if err := result.Report.Write(cmd.OutOrStdout()); err != nil {
		return err
	}
	if result.Report.Count(migrate.Unread) > 0 {
		return errUnread
	}
	return nil
}
