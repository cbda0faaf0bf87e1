package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"rivgate/record/audit"
)

func auditCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "audit",
		Short: "Work with audit logs",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			return errors.New("audit: no command given, want verify")
		},
	}
	cmd.AddCommand(auditVerifyCommand())
	return cmd
}

func auditVerifyCommand() *cobra.Command {
	var after, head string
	cmd := &cobra.Command{
		Use:   "verify FILE…",
		Short: "Check an audit log's hash chain",
		Long: `Reads the files of an audit log, oldest first, and says of each line that was
changed, moved or removed where it is and what is wrong: FILE:LINE: TEXT. Lines
removed at the very end show only with --expect-head. Exits 1 if something is
wrong.

  rivgate audit verify audit.log-* audit.log`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, files []string) error {
			return auditVerify(cmd.OutOrStdout(), files, after, head)
		},
	}
	cmd.Flags().StringVar(&head, "expect-head", "", "hash that the last line must have")
	cmd.Flags().StringVar(&after, "after", "", "hash of the line before the first, where older files are kept elsewhere")
	return cmd
}

// maxProblems bounds what is printed of a file that is no audit log at all.
const maxProblems = 1000

func auditVerify(out io.Writer, files []string, after, expected string) error {
	problems := 0
	verifier, err := audit.NewVerifier(after, expected, func(p audit.Problem) {
		if problems++; problems <= maxProblems {
			fmt.Fprintln(out, p)
		}
	})
	if err != nil {
		return err
	}
	for _, name := range files {
		summary, err := verifyFile(verifier, name)
		if err != nil {
			return wrong{err}
		}
		if summary.Lines == 0 {
			fmt.Fprintf(out, "%s: no lines\n", name)
			continue
		}
		fmt.Fprintf(out, "%s: %d lines, seq %d to %d, %d checkpoints, head %s\n",
			name, summary.Lines, summary.First, summary.Last, summary.Checkpoints, summary.Head)
	}
	verifier.End(files[len(files)-1])
	if problems > 0 {
		return wrong{fmt.Errorf("%d problems", problems)}
	}
	return nil
}

func verifyFile(verifier *audit.Verifier, name string) (audit.Summary, error) {
	file, err := os.Open(name)
	if err != nil {
		return audit.Summary{}, err
	}
	defer file.Close()
	return verifier.File(name, &growing{file: file})
}

// growing reads a file that a gateway may be writing: where it ends within a
// line, it looks again a little later.
type growing struct {
	file *os.File
	last byte
}

const (
	looks    = 20
	lookTime = 10 * time.Millisecond
)

// Read implements io.Reader.
func (g *growing) Read(p []byte) (n int, err error) {
	for range looks {
		n, err = g.file.Read(p)
		if n > 0 {
			g.last = p[n-1]
		}
		if n > 0 || !errors.Is(err, io.EOF) || g.last == '\n' || g.last == 0 {
			break
		}
		time.Sleep(lookTime)
	}
	return n, err
}
