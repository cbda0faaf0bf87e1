package recorded

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"rivgate/internal/lab"
)

// Difference is one field in which a call went otherwise than expected.
type Difference struct {
	Field     string // such as "caller status" or "producer 1 header X-Two"
	Want, Got string
}

// String is one line for a test's log.
func (d Difference) String() string {
	return fmt.Sprintf("%s: want %s, got %s", d.Field, d.Want, d.Got)
}

// Compare says field by field how got differs from a recorded call. Header
// names count without case, header order and the framing of requests do not
// count, and neither does the answer's Connection header, which was not
// recorded.
func Compare(recorded, got Recorded) []Difference {
	return Expectation{Recorded: recorded}.Compare(got)
}

// Expectation is a recorded call, changed and loosened by a deviation.
type Expectation struct {
	Recorded

	// Below is set for refusals below SOAP: of the answer, only the status and
	// the headers in AnswerHeader count.
	Below bool
	// Detail, when set, is what the fault's detail must match; the one in
	// AnswerBody is a stand-in.
	Detail *regexp.Regexp
	// Ignored are answer headers that do not count.
	Ignored []string
	// Converted means that the producer must see the request with nothing but
	// its routing element changed to the other profile.
	Converted bool
}

// Compare says field by field how got differs from what is expected.
func (e Expectation) Compare(got Recorded) []Difference {
	var found differences
	found.add("caller outcome", e.Err, got.Err)
	found.add("caller status", e.Status, got.Status)
	if e.Below {
		for name, values := range e.AnswerHeader {
			found.add("caller header "+name, values, got.AnswerHeader[name])
		}
	} else {
		found.headers("caller", e.AnswerHeader, got.AnswerHeader, append([]string{"Connection"}, e.Ignored...))
		e.compareBody(&found, got.AnswerBody)
	}
	found.add("producer count", len(e.ProducerSaw), len(got.ProducerSaw))
	for i := range min(len(e.ProducerSaw), len(got.ProducerSaw)) {
		e.compareSeen(&found, fmt.Sprintf("producer %d", i+1), e.ProducerSaw[i], got.ProducerSaw[i])
	}
	return found
}

// compareBody compares faults with a pattern for their detail, and everything
// else as it is.
func (e Expectation) compareBody(found *differences, got string) {
	if e.Detail == nil {
		found.add("caller body", e.AnswerBody, got)
		return
	}
	fault := lab.ParseFault([]byte(got))
	if fault == nil {
		found.add("caller body", "a fault", got)
		return
	}
	if !e.Detail.MatchString(fault.Detail) {
		found.add("caller fault detail", "~ "+e.Detail.String(), fault.Detail)
	}
	found.add("caller body", withoutDetail(e.AnswerBody), withoutDetail(got))
}

var detailString = regexp.MustCompile(`(?s)<detailString>.*</detailString>|<detailString/>`)

func withoutDetail(fault string) string { return withDetail(fault, "…") }

// withDetail replaces a fault's detail by text, which is escaped as in a fault.
func withDetail(fault, text string) string {
	text = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(text)
	return detailString.ReplaceAllLiteralString(fault, "<detailString>"+text+"</detailString>")
}

func (e Expectation) compareSeen(found *differences, who string, want, got Seen) {
	found.add(who+" method", want.Method, got.Method)
	found.add(who+" uri", want.URI, got.URI)
	// How long a body is, is compared with the body; how it is framed is free.
	found.headers(who, want.Header, got.Header, []string{"Content-Length"})
	if !e.Converted {
		found.add(who+" body", want.Body, got.Body)
	} else if err := converted(string(e.Case.Body), got.Body); err != nil {
		found.add(who+" body", err, got.Body)
	}
}

type differences []Difference

func (d *differences) add(field string, want, got any) {
	if w, g := show(want), show(got); w != g {
		*d = append(*d, Difference{field, w, g})
	}
}

// show quotes texts, so that white space is seen.
func show(value any) string {
	switch value.(type) {
	case string, []string:
		return fmt.Sprintf("%q", value)
	}
	return fmt.Sprint(value)
}

func (d *differences) headers(who string, want, got map[string][]string, ignored []string) {
	names := slices.AppendSeq(slices.Collect(maps.Keys(want)), maps.Keys(got))
	slices.Sort(names)
	for _, name := range slices.Compact(names) {
		if !slices.Contains(ignored, name) {
			d.add(who+" header "+name, want[name], got[name])
		}
	}
}
