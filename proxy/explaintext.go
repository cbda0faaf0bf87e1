package proxy

import (
	"fmt"
	"io"
	"text/tabwriter"

	"rivgate/record"
)

// WriteSteps writes the steps for people, one a line after indent.
func (e *Explanation) WriteSteps(out io.Writer, indent string) {
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for _, step := range e.Steps {
		row := ""
		if step.Row != "" {
			row = "row " + step.Row
		}
		fmt.Fprintf(table, "%s%s\t%s\t%s\t%s\n", indent, step.Stage, record.AppendText(nil, step.Tried), step.Result, row)
	}
	_ = table.Flush() // an error shows in what is written after it
}

// String is for people.
func (v ExplainedView) String() string {
	return fmt.Sprintf("Catalogue %s, HSA tree %s", orNone(v.TAK), orNone(v.HSA))
}

func orNone(text string) string {
	if text == "" {
		return "none"
	}
	return text
}
