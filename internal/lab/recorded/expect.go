package recorded

import (
	"encoding/base64"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// The headers that calls gain: the routing history of a call over TLS, and the
// counter that travels beside x-vp-sender-id.
const (
	gainedHistory = consumer + "#" + InstanceID
	gainedHops    = "1"
)

// Expectations turns recorded calls and deviations into what to expect, in
// the order of the calls. A deviation that names no call, names one twice or
// says nothing that makes sense is an error.
func Expectations(calls []Recorded, deviations []Deviation) ([]Expectation, error) {
	book := make(book, len(calls))
	for _, call := range calls {
		book[call.Case.Name] = call
	}
	changed := make(map[string]Deviation, len(deviations))
	for _, deviation := range deviations {
		if _, known := book[deviation.Case]; !known {
			return nil, fmt.Errorf("deviation: no recorded call is named %q", deviation.Case)
		}
		if _, twice := changed[deviation.Case]; twice {
			return nil, fmt.Errorf("deviation: %q is named twice", deviation.Case)
		}
		changed[deviation.Case] = deviation
	}
	expectations := make([]Expectation, len(calls))
	for i, call := range calls {
		expectation, err := book.expect(call, changed[call.Case.Name])
		if err != nil {
			return nil, fmt.Errorf("deviation of %q: %w", call.Case.Name, err)
		}
		expectations[i] = expectation
	}
	return expectations, nil
}

// book is all recorded calls by name.
type book map[string]Recorded

func (b book) expect(call Recorded, deviation Deviation) (Expectation, error) {
	e := &Expectation{Recorded: clone(call)}
	for _, change := range deviation.Caller {
		if err := b.changeCaller(e, change); err != nil {
			return Expectation{}, fmt.Errorf("%s: %w", change, err)
		}
	}
	for _, change := range deviation.Producer {
		if err := b.changeProducer(e, change); err != nil {
			return Expectation{}, fmt.Errorf("%s: %w", change, err)
		}
	}
	return *e, nil
}

func (b book) changeCaller(e *Expectation, change string) error {
	if changed, err := e.changeHeader(e.AnswerHeader, change); changed || err != nil {
		return err
	}
	verb, rest, _ := strings.Cut(change, " ")
	switch {
	case change == "=":
	case verb == "like":
		return b.like(rest, func(other Recorded) {
			e.Err, e.Status, e.AnswerHeader, e.AnswerBody = "", other.Status, other.AnswerHeader, other.AnswerBody
		})
	case change == "body = request":
		e.AnswerBody = Text(e.Case.Body)
	case strings.HasPrefix(change, "body like "):
		return b.like(strings.TrimPrefix(change, "body like "), func(other Recorded) { e.AnswerBody = other.AnswerBody })
	case verb == "refused":
		e.Below, e.AnswerHeader = true, make(map[string][]string)
		return e.setStatus(rest)
	case verb == "fault":
		return b.fault(e, rest)
	case verb == "declaration":
		return e.declare(rest)
	case strings.HasPrefix(change, "?"):
		e.Ignored = append(e.Ignored, http.CanonicalHeaderKey(change[1:]))
	default:
		return e.setStatus(change)
	}
	return nil
}

func (b book) changeProducer(e *Expectation, change string) error {
	verb, rest, _ := strings.Cut(change, " ")
	switch {
	case change == "=":
		return nil
	case change == "none":
		e.ProducerSaw = nil
		return nil
	case verb == "like":
		return b.like(rest, func(other Recorded) { e.ProducerSaw = other.ProducerSaw })
	case len(e.ProducerSaw) == 0:
		return fmt.Errorf("the producer sees no request")
	}
	seen := &e.ProducerSaw[0]
	switch {
	case change == "once":
		e.ProducerSaw = e.ProducerSaw[:1]
	case change == "+history":
		seen.Header["X-Rivta-Routing-History"] = []string{gainedHistory}
	case change == "+hops":
		seen.Header["X-Vp-Hops"] = []string{gainedHops}
	case verb == "uri":
		seen.URI = rest
	case change == "body = request":
		seen.Body = Text(e.Case.Body)
	case change == "body converted":
		e.Converted = true
	default:
		changed, err := e.changeHeader(seen.Header, change)
		if err == nil && !changed {
			err = fmt.Errorf("no such change")
		}
		return err
	}
	return nil
}

// changeHeader makes the changes that begin with "+" and "-", but for those
// with a name of their own.
func (e *Expectation) changeHeader(header map[string][]string, change string) (changed bool, err error) {
	if name, found := strings.CutPrefix(change, "-"); found {
		delete(header, http.CanonicalHeaderKey(name))
		return true, nil
	}
	field, found := strings.CutPrefix(change, "+")
	if !found {
		return false, nil
	}
	if name, value, given := strings.Cut(field, ": "); given {
		header[http.CanonicalHeaderKey(name)] = []string{value}
		return true, nil
	}
	name, asked := strings.CutSuffix(field, " = request")
	if !asked {
		return false, nil
	}
	for _, sent := range e.Case.Header {
		if strings.EqualFold(sent[0], name) {
			header[http.CanonicalHeaderKey(name)] = []string{sent[1]}
			return true, nil
		}
	}
	return false, fmt.Errorf("the request has no %s", name)
}

func (b book) like(name string, copyFrom func(Recorded)) error {
	other, known := b[name]
	if !known {
		return fmt.Errorf("no recorded call is named %q", name)
	}
	copyFrom(clone(other))
	return nil
}

func (e *Expectation) setStatus(status string) error {
	number, err := strconv.Atoi(status)
	if err != nil || number < 100 || number > 999 {
		return fmt.Errorf("no such change")
	}
	e.Status, e.Err = number, ""
	return nil
}

// fault expects a fault in the form of a recorded one with the same code.
func (b book) fault(e *Expectation, what string) error {
	code, detail, _ := strings.Cut(what, " ")
	for _, name := range slices.Sorted(maps.Keys(b)) {
		model := b[name]
		if len(model.AnswerHeader["Content-Type"]) == 0 || !strings.Contains(model.AnswerBody, "<faultstring>"+code+" [") {
			continue
		}
		model = clone(model)
		e.Err, e.Status, e.AnswerHeader = "", model.Status, model.AnswerHeader
		if pattern, found := strings.CutPrefix(detail, "~"); found {
			compiled, err := regexp.Compile(pattern)
			e.Detail, e.AnswerBody = compiled, model.AnswerBody
			return err
		}
		e.AnswerBody = withDetail(model.AnswerBody, strings.ReplaceAll(detail, `\n`, "\n"))
		return nil
	}
	return fmt.Errorf("no recorded call ends in %s", code)
}

var declaredUTF8 = regexp.MustCompile(`encoding="UTF-8"`)

// declare corrects the encoding named in the body's XML declaration. A body
// stored in base64 is in that encoding, one or two bytes a character.
func (e *Expectation) declare(label string) error {
	corrected := `encoding="` + label + `"`
	packed, binary := strings.CutPrefix(e.AnswerBody, "base64:")
	if !binary {
		e.AnswerBody = declaredUTF8.ReplaceAllString(e.AnswerBody, corrected)
		return nil
	}
	body, err := base64.StdEncoding.DecodeString(packed)
	if err != nil {
		return err
	}
	before, after := `encoding="UTF-8"`, corrected
	if strings.HasPrefix(label, "UTF-16") {
		before, after = wide(before), wide(after)
	}
	if !strings.Contains(string(body), before) {
		return fmt.Errorf("the body declares no UTF-8")
	}
	e.AnswerBody = Text([]byte(strings.Replace(string(body), before, after, 1)))
	return nil
}

// wide is ASCII text in UTF-16, big endian.
func wide(text string) string {
	var wide strings.Builder
	for i := range len(text) {
		wide.WriteByte(0)
		wide.WriteByte(text[i])
	}
	return wide.String()
}

// clone copies what changes are made to.
func clone(call Recorded) Recorded {
	call.AnswerHeader = maps.Clone(call.AnswerHeader)
	call.ProducerSaw = slices.Clone(call.ProducerSaw)
	for i := range call.ProducerSaw {
		call.ProducerSaw[i].Header = maps.Clone(call.ProducerSaw[i].Header)
	}
	return call
}
