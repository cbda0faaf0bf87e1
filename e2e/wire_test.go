package e2e

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/rogpeppe/go-internal/txtar"
	"golang.org/x/text/encoding/ianaindex"

	"rivgate/internal/lab"
)

var update = flag.Bool("update", false, "write what was seen into the wire tests; read the difference before keeping it")

// TestWire runs every file of testdata/wire: what goes in, what the producer
// sees, what comes out.
//
// The request section begins with options, one a line, up to an empty line:
//
//	listener tls|plain      (tls with the consumer's certificate if not said)
//	certificate none        no client certificate
//	header FORM             adds x-vp-auth-cert with the consumer's certificate
//	charset NAME            the body is sent in this charset
//	crlf                    the body's line ends are CR LF
//	pieces N                N bytes a write
//	chunk N                 the body is chunked
//
// then the request as it stands; Content-Length is added unless chunked.
func TestWire(t *testing.T) {
	files, err := filepath.Glob("testdata/wire/*.txtar")
	must(t, err)
	if len(files) < 40 {
		t.Fatalf("%d wire tests found; the check would be blind", len(files))
	}
	worlds := map[string]*world{
		"":       newWorld(t, ""),
		"strict": newWorld(t, "trust: {original_consumer: {allowed_senders: [SE0000000000-OTHER], enforce: true}}\n"),
		"safe":   newWorld(t, "faults: {detail: safe}\n"),
		"closed": newWorld(t, "trust: {proxies: [192.0.2.0/24]}\n"),
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(file)
			must(t, err)
			runWire(t, worlds, file, archive)
		})
	}
}

func runWire(t *testing.T, worlds map[string]*world, file string, archive *txtar.Archive) {
	section := make(map[string]*txtar.File)
	for i := range archive.Files {
		section[archive.Files[i].Name] = &archive.Files[i]
	}
	options, request, found := strings.Cut(string(section["request"].Data), "\n\n")
	if !found {
		t.Fatal("request has no options")
	}
	wire := parseWire(t, worlds, options, request)
	wire.world.plain.Take()
	wire.world.secure.Take()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	answer, err := wire.caller.Send(ctx, wire.bytes, wire.send...)
	got := map[string]string{
		"producer": wire.world.saw(wire),
		"answer":   wire.world.showAnswer(wire, answer, err),
	}
	changed := false
	for _, name := range []string{"producer", "answer"} {
		if section[name] == nil {
			archive.Files = append(archive.Files, txtar.File{Name: name})
			section = make(map[string]*txtar.File)
			for i := range archive.Files {
				section[archive.Files[i].Name] = &archive.Files[i]
			}
		}
		if want := string(section[name].Data); want != got[name] {
			if !*update {
				t.Errorf("%s:\n--- want\n%s--- got\n%s", name, want, got[name])
			}
			section[name].Data, changed = []byte(got[name]), true
		}
	}
	if changed && *update {
		must(t, os.WriteFile(file, txtar.Format(archive), 0o600))
	}
}

// wireCase is one request ready to be sent.
type wireCase struct {
	world  *world
	caller lab.Caller
	bytes  []byte
	send   []lab.SendOption
}

func parseWire(t *testing.T, worlds map[string]*world, options, request string) wireCase {
	t.Helper()
	c := wireCase{world: worlds[""]}
	var extra, charset string
	listener, certificate, chunk, crlf := "tls", "consumer", 0, false
	for option := range strings.Lines(options) {
		name, value, _ := strings.Cut(strings.TrimSpace(option), " ")
		switch name {
		case "world":
			c.world = worlds[value]
		case "listener":
			listener = value
		case "certificate":
			certificate = value
		case "header":
			extra = "x-vp-auth-cert: " + c.world.consumer.HeaderValue(headerForm(t, value)) + "\n"
		case "charset":
			charset = value
		case "crlf":
			crlf = true
		case "pieces":
			var n int
			_, err := fmt.Sscan(value, &n)
			must(t, err)
			c.send = append(c.send, lab.InPieces(n))
		case "chunk":
			_, err := fmt.Sscan(value, &chunk)
			must(t, err)
		default:
			t.Fatalf("unknown option %q", name)
		}
	}
	if c.world == nil {
		t.Fatal("unknown world")
	}
	identity := c.world.consumer
	if certificate == "none" {
		identity = nil
	}
	c.caller = c.world.overTLS(identity)
	if listener == "plain" {
		c.caller = c.world.overHTTP()
	}
	head, body, _ := strings.Cut(request, "\n\n")
	body = strings.TrimSuffix(body, "\n")
	if crlf {
		body = strings.ReplaceAll(body, "\n", "\r\n")
	}
	if charset != "" {
		encoding, err := ianaindex.IANA.Encoding(charset)
		must(t, err)
		body, err = encoding.NewEncoder().String(body)
		must(t, err)
	}
	var raw bytes.Buffer
	start, headers, _ := strings.Cut(head, "\n")
	fmt.Fprintf(&raw, "%s\n%s", start, extra)
	if headers != "" {
		fmt.Fprintln(&raw, headers)
	}
	sent := strings.ReplaceAll(raw.String(), "\n", "\r\n")
	switch {
	case chunk > 0:
		sent += "Transfer-Encoding: chunked\r\n\r\n"
		for piece := range slices.Chunk([]byte(body), chunk) {
			sent += fmt.Sprintf("%x\r\n%s\r\n", len(piece), piece)
		}
		sent += "0\r\n\r\n"
	case strings.Contains(strings.ToLower(head), "content-length:"):
		sent += "\r\n" + body
	default:
		sent += fmt.Sprintf("Content-Length: %d\r\n\r\n%s", len(body), body)
	}
	c.bytes = []byte(sent)
	return c
}

func headerForm(t *testing.T, name string) lab.HeaderForm {
	t.Helper()
	for _, form := range lab.HeaderForms() {
		if form.String() == name {
			return form
		}
	}
	t.Fatalf("unknown header form %q", name)
	return 0
}

// saw is what both producers saw of a call.
func (w *world) saw(c wireCase) string {
	requests := append(w.plain.Take(), w.secure.Take()...)
	if len(requests) == 0 {
		return "nothing\n"
	}
	var shown []string
	for _, seen := range requests {
		lines := slices.Clone(seen.Lines)
		slices.SortFunc(lines, func(a, b string) int { return strings.Compare(strings.ToLower(a), strings.ToLower(b)) })
		text := fmt.Sprintf("%s %s %s\n%s\n\n%s\n", seen.Method, seen.URI, seen.Proto, strings.Join(lines, "\n"), show(seen.Body, "UTF-8"))
		if !seen.Complete {
			text += "(cut)\n"
		}
		shown = append(shown, text)
	}
	return w.neutral(strings.Join(shown, "----\n"))
}

func (w *world) showAnswer(_ wireCase, answer *lab.Answer, err error) string {
	if answer == nil {
		return fmt.Sprintf("%v\n", lab.ErrNoAnswer)
	}
	var out strings.Builder
	fmt.Fprintf(&out, "%s %d\n", answer.Proto, answer.Status)
	lines := slices.Clone(answer.Lines)
	slices.Sort(lines)
	for _, line := range lines {
		fmt.Fprintln(&out, line)
	}
	_, charset, _ := strings.Cut(answer.Header.Get("Content-Type"), "charset=")
	fmt.Fprintf(&out, "\n%s\n", show(answer.Body, charset))
	if answer.Cut != nil || err != nil {
		fmt.Fprintln(&out, "(cut)")
	}
	return w.neutral(out.String())
}

// show prints bytes in a charset as text.
func show(body []byte, charset string) string {
	body = bytes.ReplaceAll(body, []byte("\r\n"), []byte("␍\n"))
	body = bytes.ReplaceAll(body, []byte("\r"), []byte("␍"))
	if utf8.Valid(body) && !bytes.Contains(body, []byte{0}) {
		return string(body)
	}
	encoding, err := ianaindex.IANA.Encoding(charset)
	if err != nil || encoding == nil {
		return fmt.Sprintf("%q", body)
	}
	text, err := encoding.NewDecoder().Bytes(body)
	if err != nil {
		return fmt.Sprintf("%q", body)
	}
	return fmt.Sprintf("[in %s] %s", charset, text)
}

var (
	uuid      = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}`)
	prt       = regexp.MustCompile(`(?m)^(X-Skltp-Prt: )\d+$`)
	unsettled = regexp.MustCompile(`(?m)^(.*Content-Length: )\d+$`)
)

// neutral replaces what differs from run to run.
func (w *world) neutral(text string) string {
	for address, name := range map[string]string{
		w.plain.Address(): "{plain}", w.secure.Address(): "{secure}", w.stranger.Address(): "{stranger}", w.noTLS: "{notls}", w.mute: "{mute}",
		w.gate.http: "{http}", w.gate.https: "{https}",
	} {
		text = strings.ReplaceAll(text, address, name)
		_, port, _ := strings.Cut(address, ":")
		text = strings.ReplaceAll(text, "localhost:"+port, name)
	}
	if strings.Contains(text, "{plain}") || strings.Contains(text, "{secure}") || strings.Contains(text, "{stranger}") ||
		strings.Contains(text, "{notls}") || strings.Contains(text, "{mute}") {
		text = unsettled.ReplaceAllString(text, "${1}{n}") // ports differ in length
	}
	return prt.ReplaceAllString(uuid.ReplaceAllString(text, "{uuid}"), "${1}{ms}")
}
