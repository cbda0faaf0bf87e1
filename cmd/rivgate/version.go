package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"time"

	"github.com/spf13/cobra"
)

// release is set when a release is built: -ldflags "-X main.release=1.2.3".
var release = ""

func version() string {
	if release != "" {
		return release
	}
	return "dev"
}

func versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print version, commit and Go version",
		Args:  cobra.NoArgs,
		Run: func(cmd *cobra.Command, _ []string) {
			fmt.Fprintf(cmd.OutOrStdout(), "rivgate %s\ncommit %s\n%s\n", version(), commit(), runtime.Version())
		},
	}
}

// setting is what the Go tool noted of the build, empty if nothing.
func setting(key string) string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	for _, s := range info.Settings {
		if s.Key == key {
			return s.Value
		}
	}
	return ""
}

// commit is the revision the binary was built from.
func commit() string {
	revision := setting("vcs.revision")
	switch {
	case revision == "":
		return "unknown"
	case setting("vcs.modified") == "true":
		return revision + " (modified)"
	}
	return revision
}

// built is the time of that revision, the nearest to a build's time that two
// builds of it agree on; zero if unknown.
func built() time.Time {
	at, err := time.Parse(time.RFC3339, setting("vcs.time"))
	if err != nil {
		return time.Time{}
	}
	return at
}
