package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// manCommand is for those who make packages, and hidden from the rest.
func manCommand() *cobra.Command {
	return &cobra.Command{
		Use:    "man FOLDER",
		Short:  "Write a man page for each command",
		Args:   cobra.ExactArgs(1),
		Hidden: true,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := os.MkdirAll(args[0], 0o755); err != nil {
				return wrong{err}
			}
			cmd.Root().InitDefaultCompletionCmd()
			return writeManPages(args[0], cmd.Root())
		},
	}
}

// writeManPages writes the page of cmd and of every command below it.
func writeManPages(dir string, cmd *cobra.Command) error {
	if err := os.WriteFile(filepath.Join(dir, manName(cmd)+".1"), []byte(manPage(cmd)), 0o644); err != nil {
		return wrong{err}
	}
	for _, sub := range cmd.Commands() {
		if sub.IsAvailableCommand() {
			if err := writeManPages(dir, sub); err != nil {
				return err
			}
		}
	}
	return nil
}

func manName(cmd *cobra.Command) string { return strings.ReplaceAll(cmd.CommandPath(), " ", "-") }

// manPage is cmd's page in the macros of man(7).
func manPage(cmd *cobra.Command) string {
	var page strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&page, format+"\n", args...) }
	date := ""
	if at := built(); !at.IsZero() {
		date = at.Format(time.DateOnly)
	}
	line(`.TH "%s" 1 "%s" "rivgate %s"`, roff(strings.ToUpper(manName(cmd))), date, roff(version()))
	line(".SH NAME\n%s \\- %s", roff(manName(cmd)), roff(cmd.Short))
	line(".SH SYNOPSIS\n.nf\n%s\n.fi", roff(cmd.UseLine()))
	if cmd.Long != "" {
		line(".SH DESCRIPTION\n.nf\n%s\n.fi", roff(cmd.Long))
	}
	cmd.InitDefaultHelpFlag()
	line(".SH OPTIONS")
	cmd.Flags().VisitAll(func(f *pflag.Flag) { line("%s", manFlag(f)) })
	line(".SH EXIT STATUS\n0: ok. 1: the thing asked about is wrong. 2: the command line is.")
	if related := manRelated(cmd); len(related) > 0 {
		line(".SH SEE ALSO\n%s", strings.Join(related, ", "))
	}
	return page.String()
}

func manFlag(f *pflag.Flag) string {
	name := "--" + f.Name
	if f.Shorthand != "" {
		name = "-" + f.Shorthand + ", " + name
	}
	if kind := f.Value.Type(); kind != "bool" {
		name += "=" + strings.ToUpper(kind)
	}
	return fmt.Sprintf(".TP\n\\fB%s\\fR\n%s", roff(name), roff(f.Usage))
}

// manRelated names the pages of the command above cmd and of those below it.
func manRelated(cmd *cobra.Command) []string {
	var names []string
	if cmd.HasParent() {
		names = append(names, manName(cmd.Parent()))
	}
	for _, sub := range cmd.Commands() {
		if sub.IsAvailableCommand() {
			names = append(names, manName(sub))
		}
	}
	for i, name := range names {
		names[i] = `\fB` + roff(name) + `\fR(1)`
	}
	return names
}

// roff is text as it is: a backslash begins an escape, a hyphen would become a
// dash, and a dot or a quote at the beginning of a line a macro.
func roff(text string) string {
	text = strings.NewReplacer(`\`, `\e`, "-", `\-`, `"`, `\(dq`).Replace(text)
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		if strings.HasPrefix(line, ".") || strings.HasPrefix(line, "'") {
			lines[i] = `\&` + line
		}
	}
	return strings.Join(lines, "\n")
}
