package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"rivgate/internal/app"
	"rivgate/proxy"
)

// explainTimeout bounds a question to a running gateway.
const explainTimeout = 10 * time.Second

type explainFlags struct {
	config, server, batch string
	query                 app.Query
	json                  bool
}

func explainCommand() *cobra.Command {
	var f explainFlags
	cmd := &cobra.Command{
		Use:   "explain --config FILE --contract NS --receiver ID [--sender ID]",
		Short: "Say how a call would be decided, step by step",
		Long: `Decides as a call would be decided and prints every step: catalogue rows and
HSA parents tried, permission, profile conversion, target, timeout, TLS, or the
VP code the caller would get and what would have made it pass. Without --sender
the route alone is asked for. --server asks a running gateway's admin listener
instead of a configuration. --batch reads contract,receiver,sender,profile,at as
CSV and adds code,target. Exits 1 when the decision is a fault.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return f.run(cmd) },
	}
	flags := cmd.Flags()
	flags.StringVar(&f.config, "config", "", "configuration file")
	flags.StringVar(&f.server, "server", "", "ask the admin listener at this URL instead")
	flags.StringVar(&f.query.Contract, "contract", "", "service contract namespace")
	flags.StringVar(&f.query.Receiver, "receiver", "", "logical address")
	flags.StringVar(&f.query.Sender, "sender", "", "HSA id of the sender")
	flags.StringVar(&f.query.Profile, "profile", "", "RIVTABP20 or RIVTABP21")
	flags.StringVar(&f.query.At, "at", "", "a date or an RFC 3339 time, now if not given")
	flags.StringVar(&f.batch, "batch", "", "CSV file with many questions")
	flags.BoolVar(&f.json, "json", false, "print JSON")
	cmd.MarkFlagsOneRequired("config", "server")
	cmd.MarkFlagsMutuallyExclusive("config", "server")
	cmd.MarkFlagsOneRequired("contract", "batch")
	cmd.MarkFlagsMutuallyExclusive("contract", "batch")
	cmd.MarkFlagsMutuallyExclusive("server", "batch")
	return cmd
}

func (f *explainFlags) run(cmd *cobra.Command) error {
	if f.server != "" {
		explanation, err := askServer(cmd.Context(), f.server, f.query)
		if err != nil {
			return wrong{err}
		}
		return f.print(cmd.OutOrStdout(), explanation)
	}
	explainer, err := app.NewExplainer(f.config, version())
	if err != nil {
		return wrong{err}
	}
	if f.batch != "" {
		return f.runBatch(cmd, explainer)
	}
	explanation, err := explainer.Explain(f.query)
	if err != nil {
		return err
	}
	return f.print(cmd.OutOrStdout(), explanation)
}

// runBatch writes the table to stdout and the coverage to stderr.
func (f *explainFlags) runBatch(cmd *cobra.Command, explainer app.Explainer) error {
	in, err := os.Open(f.batch)
	if err != nil {
		return wrong{err}
	}
	defer in.Close()
	coverage, err := explainer.Batch(in, cmd.OutOrStdout())
	if err != nil {
		return wrong{fmt.Errorf("%s: %w", f.batch, err)}
	}
	fmt.Fprintf(cmd.ErrOrStderr(), "%d of %d calls would be made\n", coverage.Made, coverage.Asked)
	if coverage.Made < coverage.Asked {
		return wrong{errSaid}
	}
	return nil
}

func (f *explainFlags) print(out io.Writer, e proxy.Explanation) error {
	if f.json {
		encoder := json.NewEncoder(out)
		encoder.SetIndent("", "  ")
		encoder.SetEscapeHTML(false)
		if err := encoder.Encode(e); err != nil {
			return wrong{err}
		}
	} else {
		printExplanation(out, e)
	}
	if e.Decision.Code != "" {
		return wrong{errSaid}
	}
	return nil
}

func printExplanation(out io.Writer, e proxy.Explanation) {
	e.WriteSteps(out, "")
	fmt.Fprintln(out)
	d := e.Decision
	if d.Code == "" {
		fmt.Fprintf(out, "The call would be made: %s\n", d.Target)
		fmt.Fprintf(out, "timeout %s, keep-alive %t", d.Timeout, d.KeepAlive)
		if d.TLS != "" {
			fmt.Fprintf(out, ", TLS %s", d.TLS)
		}
		fmt.Fprintln(out)
	} else {
		fmt.Fprintf(out, "The caller would get %s: %s\n", d.Code, d.Detail)
	}
	for _, advice := range e.Advice {
		fmt.Fprintf(out, "It would take %s\n", advice)
	}
	fmt.Fprintln(out, e.View)
}

// askServer puts the question to a running gateway.
func askServer(ctx context.Context, server string, q app.Query) (e proxy.Explanation, err error) {
	ctx, cancel := context.WithTimeout(ctx, explainTimeout)
	defer cancel()
	values := url.Values{"contract": {q.Contract}, "receiver": {q.Receiver}}
	for name, value := range map[string]string{"sender": q.Sender, "profile": q.Profile, "at": q.At} {
		if value != "" {
			values.Set(name, value)
		}
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimSuffix(server, "/")+"/api/explain?"+values.Encode(), nil)
	if err != nil {
		return e, err
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	answer, err := client.Do(request)
	if err != nil {
		return e, err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(io.LimitReader(answer.Body, 1<<20))
	if err != nil {
		return e, err
	}
	if answer.StatusCode != http.StatusOK {
		return e, fmt.Errorf("%s: HTTP %d: %s", server, answer.StatusCode, strings.TrimSpace(string(body)))
	}
	if err := json.Unmarshal(body, &e); err != nil {
		return e, errors.Join(fmt.Errorf("%s does not answer as a gateway", server), err)
	}
	return e, nil
}
