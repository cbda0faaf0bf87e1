package shadow

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"rivgate/record"
)

// headings tell what the kinds mean.
var headings = map[Kind]string{
	Opened:   "VP refused, rivgate would call the producer",
	Rerouted: "rivgate would call another address",
	Misread:  "rivgate reads the request otherwise",
	Refused:  "VP called the producer, rivgate would refuse",
	Recoded:  "both refuse, with different codes",
}

// WriteText writes the report for people, the gravest first.
func (r *Report) WriteText(out io.Writer) error {
	var text bytes.Buffer
	r.writeSummary(&text)
	heading := ""
	for _, group := range r.Groups {
		title := headings[group.Kind]
		if group.Intended {
			title = "differences that are intended"
		}
		if title != heading {
			heading = title
			fmt.Fprintf(&text, "\n%s\n", strings.ToUpper(title[:1])+title[1:])
		}
		group.write(&text)
	}
	for _, kind := range slices.Sorted(maps.Keys(r.LeftOut)) {
		fmt.Fprintf(&text, "\nand %d calls more: %s, in groups beyond the first %d\n", r.LeftOut[kind], headings[kind], mostGroups)
	}
	_, err := out.Write(text.Bytes())
	return err
}

func (r *Report) writeSummary(out io.Writer) {
	if r.Judged() == 0 { // which no reader may take for an agreement
		fmt.Fprint(out, "Nothing was compared: ")
	}
	fmt.Fprintf(out, "%d different, %d intended, %d the same, %d not judged, of %d calls\n",
		r.Different, r.Intended, r.Same, r.Calls-r.Judged(), r.Calls)
	if !r.First.IsZero() {
		fmt.Fprintf(out, "From %s to %s\n", r.First.UTC().Format(time.RFC3339), r.Last.UTC().Format(time.RFC3339))
	}
	fmt.Fprintf(out, "Log: %d lines, %d events, %d about no call, %d broken\n", r.Log.Lines, r.Log.Events, r.Log.Other, r.Log.Broken)
	for _, d := range r.Log.Damaged {
		fmt.Fprintf(out, "Damaged: %s was read for %d lines", printable(d.File), d.Lines)
		if !d.Last.IsZero() {
			fmt.Fprintf(out, ", up to %s", d.Last.UTC().Format(time.RFC3339))
		}
		fmt.Fprintf(out, ": %s\n", printable(d.Why))
	}
	fmt.Fprintln(out, r.View)
	r.Rehearsed.write(out)
	if len(r.Unjudged) > 0 {
		fmt.Fprintln(out, "Not judged:")
		for _, why := range slices.Sorted(maps.Keys(r.Unjudged)) {
			fmt.Fprintf(out, "  %d %s\n", r.Unjudged[why], printable(why))
		}
	}
}

func (r *Rehearsed) write(out io.Writer) {
	if r.Taken > 0 {
		fmt.Fprintf(out, "Copies of requests: %d, %d compared with the log, %d not kept\n", r.Taken, r.Compared, r.Unkept)
		for _, code := range slices.Sorted(maps.Keys(r.Results)) {
			result := code
			if code == "" {
				result = "would be made"
			}
			fmt.Fprintf(out, "  %d %s\n", r.Results[code], result)
		}
	}
	if r.Unusable > 0 {
		fmt.Fprintf(out, "Copies that cannot be used: %d\n", r.Unusable)
		for _, u := range r.UnusableFiles {
			fmt.Fprintf(out, "  %s: %s\n", printable(u.File), printable(u.Why))
		}
		if more := r.Unusable - int64(len(r.UnusableFiles)); more > 0 {
			fmt.Fprintf(out, "  and %d more\n", more)
		}
	}
}

func (g *Group) write(out io.Writer) {
	e := g.Example
	fmt.Fprintf(out, "\n%d × %s\n", g.Count, printable(g.Contract))
	fmt.Fprintf(out, "  VP       %s\n", printable(g.VP.String()))
	fmt.Fprintf(out, "  rivgate  %s\n", printable(g.Own.String()))
	if g.Detail != "" {
		fmt.Fprintf(out, "           %s\n", printable(g.Detail))
	}
	if g.Misread != "" {
		fmt.Fprintf(out, "  read     %s\n", printable(g.Misread))
	}
	if g.Row != 0 {
		text := "looks like"
		if g.Intended {
			text = "intended:"
		}
		fmt.Fprintf(out, "  %s docs/deviations.md, row %d\n", text, g.Row)
	}
	fmt.Fprintf(out, "  such as  %s %s -> %s, trace %s\n", e.At.UTC().Format(time.RFC3339Nano), printable(e.Sender), printable(e.Receiver), printable(e.Trace))
	g.Explanation.WriteSteps(out, "    ")
	for _, advice := range g.Explanation.Advice {
		fmt.Fprintf(out, "    it would take %s\n", printable(advice))
	}
}

// printable is text that keeps to its line, and to a length: callers choose some
// of it.
func printable(text string) string { return string(record.AppendText(nil, text)) }
