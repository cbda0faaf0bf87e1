package e2e

import (
	"bytes"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"rivgate/internal/lab"
	"rivgate/internal/lab/labtest"
)

// injections are texts that want to be more than a value.
var injections = []struct{ name, text string }{
	{"control characters", "a\x01\x07\x08\x0b\x0c\x7fz"},
	{"NUL", "a\x00z"},
	{"terminal codes", "a\x1b[2J\x1b]0;title\x07\u009b31mz"},
	{"a forged JSON line", "a\r\n{\"@timestamp\":\"2026-01-01T00:00:00.000Z\",\"event.action\":\"forged\"}\r\n"},
	{"a forged text line", "a\n2026-01-01 00:00:00,000 INFO  forged outcome=ok"},
	{"a forged header", "a\r\nX-Forged: 1\r\nx-vp-sender-id: SE0000000000-FORGED"},
	{"a lone carriage return", "a\rforged"},
	{"line separators", "a\u2028forged\u2029forged\u0085forged"},
	{"turned direction", "a\u202egro.elpmaxe\u2066z"},
	{"the end of CDATA", "a]]></detailString><forged/>"},
	{"entities", "a&forged;&#0;&lt;"},
	{"verbs", "a%s%d%n%00%0d%0aforged%!(NOVERB)"},
	{"the end of a string", `a\","forged":"1`},
	{"invalid UTF-8", "a\xff\xfe\xc3\x28\xed\xa0\x80z"},
	{"as long as is taken", ""},
	{"megabytes", strings.Repeat("å\t<&", 1<<18)},
}

// places are where a caller can put a text into a call. Each makes the request
// that does; longest is how much of it is taken there.
var places = []struct {
	name    string
	longest int
	request func(w *world, text string) []byte
}{
	{"logical address", 200_000, func(_ *world, text string) []byte { return posted("", inEnvelope(escaped(text), getThing)) }},
	{"logical address in references", 20_000, func(_ *world, text string) []byte { return posted("", inEnvelope(referenced(text), getThing)) }},
	{"contract", 200_000, func(_ *world, text string) []byte { return posted("", inEnvelope("HTTP21", escaped(text))) }},
	{"element", 200_000, func(_ *world, text string) []byte {
		return posted("", strings.Replace(inEnvelope("HTTP21", getThing), "</e:Header>", "</"+text+">", 1))
	}},
	{"entity", 200_000, func(_ *world, text string) []byte { return posted("", inEnvelope("&"+text+";", getThing)) }},
	{"declared encoding", 200_000, func(_ *world, text string) []byte {
		return bytes.Replace(posted("", `<?xml version="1.0" encoding="`+escaped(text)+`"?>`+inEnvelope("HTTP21", getThing)), []byte("; charset=UTF-8"), nil, 1)
	}},
	{"correlation id", 60_000, inHeader("x-skltp-correlation-id")},
	{"original consumer", 60_000, inHeader("x-rivta-original-serviceconsumer-hsaid")},
	{"acting on behalf", 60_000, inHeader("x-rivta-acting-on-behalf-of-hsaid")},
	{"routing history", 60_000, inHeader("x-rivta-routing-history")},
	{"SOAPAction", 60_000, inHeader("SOAPAction")},
	{"user agent", 60_000, inHeader("User-Agent")},
	{"forwarded host", 60_000, inHeader("X-VP-Forwarded-Host")},
	{"forwarded for", 60_000, inHeader("X-Forwarded-For")},
	{"any header", 60_000, inHeader("X-Anything")},
	{"a header's name", 60_000, func(_ *world, text string) []byte { return posted("X-"+text+": 1\r\n", inEnvelope("HTTP21", getThing)) }},
	{"content type", 60_000, func(_ *world, text string) []byte {
		return bytes.Replace(posted("", inEnvelope("HTTP21", getThing)), []byte("UTF-8"), []byte(text), 1)
	}},
	{"boundary", 60_000, func(_ *world, text string) []byte {
		return bytes.Replace(posted("", inEnvelope("HTTP21", getThing)), []byte("text/xml; charset=UTF-8"), []byte(`multipart/related; boundary="`+text+`"`), 1)
	}},
	{"host", 60_000, func(_ *world, text string) []byte {
		return bytes.Replace(posted("", inEnvelope("HTTP21", getThing)), []byte("Host: localhost"), []byte("Host: "+text), 1)
	}},
	{"path", 60_000, func(_ *world, text string) []byte {
		return bytes.Replace(posted("", inEnvelope("HTTP21", getThing)), []byte("/vp"), []byte("/vp/"+text), 1)
	}},
	{"unknown path", 60_000, func(_ *world, text string) []byte {
		return bytes.Replace(posted("", inEnvelope("HTTP21", getThing)), []byte("/vp"), []byte("/"+text), 1)
	}},
	{"query", 60_000, func(_ *world, text string) []byte {
		return bytes.Replace(posted("", inEnvelope("HTTP21", getThing)), []byte("/vp"), []byte("/vp?"+text), 1)
	}},
	{"method", 60_000, func(_ *world, text string) []byte {
		return append([]byte(text), posted("", inEnvelope("HTTP21", getThing))...)
	}},
}

func inHeader(name string) func(*world, string) []byte {
	return func(_ *world, text string) []byte {
		return posted(name+": "+text+"\r\n", inEnvelope("HTTP21", getThing))
	}
}

func inEnvelope(address, contract string) string {
	return `<e:Envelope xmlns:e="` + soap11 + `"><e:Header><r:LogicalAddress xmlns:r="urn:riv:itintegration:registry:1">` + address +
		`</r:LogicalAddress></e:Header><e:Body><c:x xmlns:c="` + contract + `"/></e:Body></e:Envelope>`
}

func posted(header, body string) []byte {
	return fmt.Appendf(nil, "POST /vp HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/xml; charset=UTF-8\r\nConnection: close\r\n%sContent-Length: %d\r\n\r\n%s",
		header, len(body), body)
}

func escaped(text string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;").Replace(text)
}

// referenced is text as character references.
func referenced(text string) string {
	var out strings.Builder
	for _, c := range text {
		fmt.Fprintf(&out, "&#%d;", c)
	}
	return out.String()
}

// namesakes are identities with a text in their names: as HSA id, and beside none.
func namesakes(t *testing.T, w *world, text string) map[string]*lab.Identity {
	t.Helper()
	subject := func(kind int) []byte {
		const utf8String, t61String = 12, 20
		value := asn1.RawValue{Tag: utf8String, Bytes: []byte(text)}
		if !utf8.ValidString(text) {
			value.Tag = t61String // any bytes are a character there
		}
		der, err := asn1.Marshal(pkix.RDNSequence{{{Type: asn1.ObjectIdentifier{2, 5, 4, kind}, Value: value}}})
		must(t, err)
		return der
	}
	const commonName, serialNumber = 3, 5
	return map[string]*lab.Identity{
		"HSA id":      labtest.Issue(t, w.ca, lab.Subject{}, lab.RawSubject(subject(serialNumber))),
		"common name": labtest.Issue(t, w.ca, lab.Subject{}, lab.RawSubject(subject(commonName))),
	}
}

// layouts are the forms of the log, and how a call's end looks in each.
var layouts = []struct {
	name, config string
	end          *regexp.Regexp
	check        func(text string) error
}{
	{"ecs", "log: {format: ecs}\n", regexp.MustCompile(`"event.action":"(call|tls-handshake)"`), oneObject},
	{"text", "log: {format: text}\n", regexp.MustCompile(`(?m)^[-0-9]+ [:.0-9]+ [A-Z]+ +(call .* outcome=|handshake)`), oneLine},
	{"legacy", "log: {format: legacy}\n", regexp.MustCompile(`(?m)^(\*\* logEvent-(info|error)\.end|[-0-9]+ .* handshake )`), oneBlock},
	{"ecs, VP's events", "log: {format: ecs, events: vp, compat_types: strings}\n", regexp.MustCompile(`"event.action":"(resp-out|tls-handshake)"`), oneSequence},
}

func TestAttackLogInjection(t *testing.T) {
	a := newAttacks(t, "Control characters, line breaks, markup, format verbs, broken UTF-8 and megabytes in everything a caller chooses, against every log format and the faults")
	for _, layout := range layouts {
		w := newWorld(t, layout.config)
		n := &injecting{world: w, attacks: a, end: layout.end, check: layout.check, layout: layout.name, read: len(w.gate.log.all())}
		tls := w.overTLS(w.consumer)
		for _, injection := range injections {
			for _, place := range places {
				text := injection.text
				if text == "" {
					text = strings.Repeat("&", place.longest/5)
				}
				n.inject(t, place.name+": "+injection.name, tls, place.request(w, text))
			}
			text := injection.text
			if text == "" {
				text = strings.Repeat("&", 30_000)
			}
			for where, identity := range namesakes(t, w, text) {
				n.inject(t, where+": "+injection.name, w.overTLS(identity), posted("", inEnvelope("HTTP21", getThing)))
			}
		}
		w.gate.stop()
		if rest := w.gate.log.since(n.read); n.end.MatchString(rest) {
			t.Errorf("%s: lines that no call should have: %.500q", layout.name, rest)
		}
	}
}

// injecting sends one request after the other and looks at what each left.
type injecting struct {
	*world
	*attacks
	layout string
	end    *regexp.Regexp
	check  func(string) error
	read   int // bytes of the log that were looked at
}

func (n *injecting) inject(t *testing.T, attempt string, caller lab.Caller, request []byte) {
	t.Helper()
	attempt += " (" + n.layout + ")"
	n.plain.Take()
	answer, _ := caller.Send(t.Context(), request) // an error may be all the answer there is
	var logged string
	eventually(t, "the log of "+attempt, func() bool {
		logged = n.gate.log.since(n.read)
		return n.end.MatchString(logged)
	})
	n.read += len(logged)
	if err := errors.Join(harmlessText(logged), n.check(logged)); err != nil {
		t.Errorf("%s: %v in\n%.2000q", attempt, err, logged)
		return
	}
	if err := harmlessAnswer(answer); err != nil {
		t.Errorf("%s: %v", attempt, err)
		return
	}
	if answer == nil || answer.Status != http.StatusOK {
		n.count(attempt, refused)
		return
	}
	for _, seen := range n.plain.Take() {
		if sender := seen.Header.Values("X-Vp-Sender-Id"); len(sender) != 1 || strings.Contains(sender[0], "FORGED") {
			t.Errorf("%s: the producer saw the sender %q", attempt, sender)
		}
		if len(seen.Header.Values("X-Forged")) > 0 && !strings.Contains(string(request), "\r\nX-Forged") {
			t.Errorf("%s: the producer saw a forged header", attempt)
		}
	}
	n.count(attempt, harmless)
}

// since is what was logged after the first n bytes.
func (b *logBuffer) since(n int) string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return string(b.text.Bytes()[n:])
}

// longestLine is more than a call without payload leaves in the log, and
// longestFault more than a fault takes.
const (
	longestLine  = 64 << 10
	longestFault = 32 << 10
)

// harmlessText finds text, valid, of reasonable size, in which nothing moves a
// cursor or ends a line but the lines' own ends.
func harmlessText(logged string) error {
	if !utf8.ValidString(logged) {
		return errors.New("no UTF-8")
	}
	for line := range strings.Lines(logged) {
		if len(line) > longestLine {
			return fmt.Errorf("%d bytes", len(line))
		}
		if i := strings.IndexFunc(strings.TrimSuffix(line, "\n"), misleads); i >= 0 {
			return fmt.Errorf("%q", line[i:i+3])
		}
	}
	return nil
}

func misleads(c rune) bool {
	return unicode.IsControl(c) || unicode.Is(unicode.Zl, c) || unicode.Is(unicode.Zp, c) || unicode.Is(unicode.Bidi_Control, c)
}

// harmlessAnswer finds an answer to be one of reasonable size, and one with a
// SOAP fault to be well-formed and to have no header but the usual.
func harmlessAnswer(answer *lab.Answer) error {
	if answer == nil || answer.Status == http.StatusOK {
		return nil
	}
	if len(answer.Body) > longestFault {
		return fmt.Errorf("a fault of %d bytes", len(answer.Body))
	}
	for name := range answer.Header {
		if !slices.Contains([]string{"Content-Type", "Content-Length", "X-Skltp-Correlation-Id", "Connection", "Date", "Allow"}, name) {
			return fmt.Errorf("answered header %s", name)
		}
	}
	if answer.Status != http.StatusInternalServerError {
		if strings.Contains(string(answer.Body), "forged") {
			return fmt.Errorf("HTTP %d shows what was sent: %q", answer.Status, answer.Body)
		}
		return nil
	}
	decoder := xml.NewDecoder(bytes.NewReader(answer.Body))
	for elements := 0; ; {
		token, err := decoder.Token()
		if err == io.EOF {
			break
		}
		if err != nil {
			return fmt.Errorf("fault: %w", err)
		}
		if start, ok := token.(xml.StartElement); ok {
			if elements++; elements > 8 || start.Name.Local == "forged" {
				return fmt.Errorf("an element <%s> in the fault", start.Name.Local)
			}
		}
	}
	if lab.ParseFault(answer.Body) == nil {
		return fmt.Errorf("no fault: %q", answer.Body)
	}
	return nil
}

func oneLine(logged string) error {
	if strings.Count(logged, "\n") != 1 || !strings.HasSuffix(logged, "\n") {
		return fmt.Errorf("%d lines", strings.Count(logged, "\n"))
	}
	return nil
}

func oneObject(logged string) error {
	var object map[string]any
	if err := json.Unmarshal([]byte(logged), &object); err != nil {
		return err
	}
	if _, forged := object["forged"]; forged {
		return errors.New("a forged member")
	}
	return oneLine(logged)
}

// oneSequence finds one of the sequences that a call's events have, all of one
// call, or the one line of a handshake.
func oneSequence(logged string) error {
	var actions, calls []string
	for line := range strings.Lines(logged) {
		var event map[string]string
		if err := json.Unmarshal([]byte(line), &event); err != nil {
			return err
		}
		actions = append(actions, event["event.action"])
		if id := event["transaction.id"]; !slices.Contains(calls, id) {
			calls = append(calls, id)
		}
	}
	switch sequence := strings.Join(actions, " "); sequence {
	case "error resp-out", "req-in error resp-out", "req-in req-out resp-in resp-out", "tls-handshake":
	default:
		return fmt.Errorf("events %q", sequence)
	}
	if len(calls) != 1 {
		return fmt.Errorf("events of %d calls", len(calls))
	}
	return nil
}

var (
	blockHead = regexp.MustCompile(`^[-0-9]+ [:,0-9]+ (INFO|WARN|ERROR) .* skltp-messages$`)
	blockEdge = regexp.MustCompile(`^\*\* logEvent-(info|error)\.(start|end) \*+$`)
	blockRow  = regexp.MustCompile(`^(-?[A-Za-z_.]+=.*|)$`)
)

// oneBlock finds one block of the legacy form, or the one line of a handshake.
func oneBlock(logged string) error {
	lines := strings.Split(strings.TrimSuffix(logged, "\n"), "\n")
	if len(lines) == 1 && strings.Contains(lines[0], " handshake ") {
		return nil
	}
	last := len(lines) - 1
	if last < 3 || !blockHead.MatchString(lines[0]) || !blockEdge.MatchString(lines[1]) || !blockEdge.MatchString(lines[last]) {
		return errors.New("no block")
	}
	for _, line := range lines[2:last] {
		if !blockRow.MatchString(line) {
			return fmt.Errorf("row %.200q", line)
		}
	}
	return nil
}

// With faults.detail: safe a caller learns neither where a producer is nor what
// went wrong there, whatever went wrong.
func TestAttackFaultDetail(t *testing.T) {
	a := newAttacks(t, "Every way in which a producer can fail, to learn its address or the cause from the fault while `faults.detail` is `safe`")
	w := newWorld(t, "faults: {detail: safe}\n")
	w.gate.stop()
	w.gate = startConfigured(t, w.gate.dir, strings.NewReplacer("timeout: 5s", "timeout: 500ms", "timeout: 600ms", "timeout: 500ms").Replace(baseConfig)+"faults: {detail: safe}\n")
	safe := regexp.MustCompile(`^Error connecting to service producer(\nVP_PRODUCER_EXCEPTION_HTTP_STATUS=[0-9]{3})?$`)
	client := lab.Client(lab.ClientTLS(w.consumer, w.ca))
	defer client.CloseIdleConnections()
	failures := 0
	for _, route := range w.catalogue().Routes {
		reply, err := lab.Call(t.Context(), client, w.url(), envelope(route.Contract, route.Receiver), nil)
		if err != nil || reply.Fault == nil || !strings.HasPrefix(reply.Fault.String, "VP") {
			continue // what a producer says itself is not the gateway's to hide
		}
		name := route.Contract + " at " + route.Receiver
		if strings.HasPrefix(reply.Fault.String, "VP009") {
			failures++
			if !safe.MatchString(reply.Fault.Detail) {
				t.Errorf("%s: detail %q", name, reply.Fault.Detail)
			}
		}
		told := strings.Join(append(slices.Collect(headerValues(reply.Header)), string(reply.Body)), "\n")
		for _, secret := range []string{"127.0.0.1", "localhost", "://", "dial", "certificate", "refused", "timeout"} {
			if strings.Contains(strings.ReplaceAll(told, soap11, ""), secret) {
				t.Errorf("%s: the answer tells %q: %s", name, secret, told)
			}
		}
		if !slices.Contains([]string{"MULTI", "NOPERMMULTI"}, route.Receiver) || route.Profile == "RIVTABP20" {
			a.count(name, refused)
		}
	}
	if failures < 20 {
		t.Errorf("%d failures of producers tried; the check would be blind", failures)
	}
}

func headerValues(h http.Header) func(func(string) bool) {
	return func(yield func(string) bool) {
		for _, values := range h {
			for _, value := range values {
				if !yield(value) {
					return
				}
			}
		}
	}
}
