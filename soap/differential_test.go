package soap_test

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"rivgate/soap"
)

var libxml2 = flag.String("libxml2", "", "a Python interpreter with lxml, to compare with what libxml2 reads (make differential)")

// generated is how many documents are made for the comparison. Most are refused;
// enough must remain, or there is nothing to compare.
const (
	generated    = 300_000
	enoughToRead = 8_000
)

// Whatever is accepted libxml2 reads the same: SOAP version, addresses, contract.
// It is asked about the head alone, since what follows is passed on unread, and
// about the bytes that leave: once told that they are UTF-8, as the Content-Type
// says, and once left to find out.
func TestAgreesWithLibxml2(t *testing.T) {
	if *libxml2 == "" {
		t.Skip("make differential runs it")
	}
	reader := startLibxml2(t)
	texts := newDocuments(t)
	asked, refusals := 0, 0
	for range generated {
		text, contentType := texts.next()
		m, err := soap.Read(strings.NewReader(text), contentType, limits)
		if err != nil {
			continue
		}
		head, ok := headOf(m)
		if !ok {
			t.Errorf("what was accepted is refused as it leaves: %q, %s", text, contentType)
			continue
		}
		asked++
		want := toldBy(&m.Envelope)
		for _, encoding := range []string{"UTF-8", ""} {
			got := reader.ask(t, head, encoding)
			if tolerated(got.Refused, head, encoding) {
				refusals++
				continue
			}
			if got.String() != want.String() {
				t.Errorf("told %q libxml2 reads\n%s\nwant\n%s\nof %q\nfrom %q, %s", encoding, got, want, head, text, contentType)
			}
		}
	}
	t.Logf("%d of %d documents accepted and compared; %d times libxml2 refused", asked, generated, refusals)
	if asked < enoughToRead {
		t.Errorf("%d documents compared; the check would be blind", asked)
	}
}

var (
	declares11    = regexp.MustCompile(`^\x{feff}?<\?xml\s+version\s*=\s*["']1\.1`)
	declaresUTF16 = regexp.MustCompile(`^\x{feff}?<\?xml[^>]*encoding\s*=\s*["'](?i:utf-16)`)
)

// tolerated tells whether libxml2 may refuse what is accepted here: to refuse is
// not to read differently. It does not take the Content-Type's word against a
// declared UTF-16, and of XML 1.1 it does not know the references to controls.
func tolerated(refused, head, encoding string) bool {
	return refused != "" && (encoding == "" && declaresUTF16.MatchString(head) ||
		declares11.MatchString(head) && strings.HasPrefix(refused, "xmlParseCharRef: invalid xmlChar value"))
}

// told is what a reader makes of an envelope's head.
type told struct {
	Space          string     `json:"space"`
	LogicalAddress *string    `json:"logical_address"`
	To             *string    `json:"to"`
	Body           *[2]string `json:"body"`
	Refused        string     `json:"refused"`
}

func (t told) String() string {
	shown := func(text *string) string {
		if text == nil {
			return "none"
		}
		return fmt.Sprintf("%q", *text)
	}
	body := "none"
	if t.Body != nil {
		body = fmt.Sprintf("%q", *t.Body)
	}
	return fmt.Sprintf("%s %s %s %s %s", t.Space, shown(t.LogicalAddress), shown(t.To), body, t.Refused)
}

func toldBy(env *soap.Envelope) told {
	said := told{Space: soap.Namespace11}
	if env.Version == soap.V12 {
		said.Space = soap.Namespace12
	}
	if env.LogicalAddress != nil {
		said.LogicalAddress = &env.LogicalAddress.Value
	}
	if env.To != nil {
		said.To = &env.To.Value
	}
	if env.HasBody {
		said.Body = &[2]string{env.Body.Space, env.Body.Local}
	}
	return said
}

// headOf is what leaves of a message, up to and with the start tag of Body's
// first child: the fewest bytes that suffice.
func headOf(m *soap.Message) (head string, ok bool) {
	text := string(m.Head)
	suffices := func(n int) bool {
		_, err := soap.Read(strings.NewReader(text), "text/xml; charset=utf-8", soap.Limits{Head: n, Depth: limits.Depth, Attributes: limits.Attributes})
		return err == nil
	}
	if !suffices(len(text)) {
		return "", false
	}
	below, enough := 0, len(text)
	for enough-below > 1 {
		if middle := (below + enough) / 2; suffices(middle) {
			enough = middle
		} else {
			below = middle
		}
	}
	return text[:enough], true
}

// asking is a running tools/differential/read.py.
type asking struct {
	to   *json.Encoder
	from *bufio.Reader
}

func startLibxml2(t *testing.T) *asking {
	t.Helper()
	cmd := exec.Command(*libxml2, "../tools/differential/read.py")
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = t.Output()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = in.Close()
		if err := cmd.Wait(); err != nil {
			t.Error(err)
		}
	})
	return &asking{json.NewEncoder(in), bufio.NewReader(out)}
}

func (a *asking) ask(t *testing.T, text, encoding string) (said told) {
	t.Helper()
	question := struct {
		Text     []byte `json:"text"`
		Encoding string `json:"encoding"`
	}{[]byte(text), encoding}
	if err := a.to.Encode(question); err != nil {
		t.Fatal(err)
	}
	line, err := a.from.ReadBytes('\n')
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(line, &said); err != nil {
		t.Fatalf("%v in %s", err, line)
	}
	return said
}

// documents makes requests out of seeds, the same in every run.
type documents struct {
	random *rand.Rand
	seeds  []string
	made   int
}

func newDocuments(t *testing.T) *documents {
	t.Helper()
	d := &documents{random: rand.New(rand.NewPCG(1, 2))}
	for _, s := range requestSeeds() {
		d.seeds = append(d.seeds, s.text)
	}
	files, err := filepath.Glob("../e2e/testdata/wire/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no wire tests: %v", err)
	}
	for _, file := range files {
		archive, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, part := range archive.Files {
			if _, rest, found := strings.Cut(string(part.Data), "\n\n"); part.Name == "request" && found {
				_, body, _ := strings.Cut(rest, "\n\n")
				d.seeds = append(d.seeds, strings.TrimSuffix(body, "\n"))
			}
		}
	}
	return d
}

// morsels are put where they may or may not belong.
var morsels = []string{
	"<!---->", "<!--<a>-->", "<?p?>", "<?p a?>", "<![CDATA[]]>", "<![CDATA[<a>]]>", "]]>", "&amp;", "&#65;", "&#x1F600;", "&#13;", "&#10;", "&#9;", "&#0;", "&#x1;",
	"&x;", "<x/>", "<x>", "</x>", "<x xmlns=''/>", ` xmlns=""`, ` xmlns="urn:x"`, ` xmlns:r="urn:x"`, ` xmlns:r=""`, ` xmlns:xml="http://www.w3.org/XML/1998/namespace"`,
	` xmlns:xmlns="urn:x"`, ` a="1"`, ` a='1' a='1'`, ` r:a="1"`, ` xml:lang="sv"`, ` e:mustUnderstand="1"`, " ", "\n", "\r\n", "\r", "\t", "\u0085", "\u2028", "\u00a0", "\ufeff", "\ufffd",
	"\ufffe", "\x01", "\x7f", "\xc0\x80", "\xed\xa0\x80", "\xff", "å", "€", "😀", "\u00b7", "\u0300", "\u2070", "\U000effff", "\U000f0000", ":", "-", ".", "e:", "r:", "<", ">", "\"", "'", "&", "=", "/", "?", "!",
	`<?xml version="1.0"?>`, `<?xml version="1.1"?>`, `<?xml version="1.0" encoding="UTF-8"?>`, `<?xml version="1.0" encoding="ISO-8859-1"?>`, `<?xml version="1.0" encoding="UTF-16"?>`,
	`<?xml version='1.0' standalone='no'?>`, `<?xml version="1.0" encoding="us-ascii" standalone="yes" ?>`, `<!DOCTYPE x>`, `<r:LogicalAddress xmlns:r="urn:riv:itintegration:registry:1">SE9</r:LogicalAddress>`,
	`<To xmlns="http://www.w3.org/2005/08/addressing">SE9</To>`, `<s:Body xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"/>`, "+ADw-", "%41",
}

// next is a document and its Content-Type. The seeds themselves come first.
func (d *documents) next() (text, contentType string) {
	d.made++
	text = d.seeds[d.made%len(d.seeds)]
	if d.made > 2*len(d.seeds) {
		for range 1 + d.random.IntN(3) {
			text = d.changed(text)
		}
	}
	switch d.random.IntN(14) {
	case 0:
		return text, "text/xml"
	case 1:
		return "\ufeff" + text, "text/xml"
	case 2:
		return text, "text/xml; charset=ISO-8859-1"
	case 3:
		return `<?xml version="1.0" encoding="windows-1252"?>` + text, "text/xml"
	case 4:
		return wide("\ufeff"+text, true), "text/xml"
	case 5:
		return wide(text, false), "application/soap+xml; charset=UTF-16BE"
	case 6:
		return text, "application/soap+xml"
	case 7:
		return `<?xml version="1.1"?>` + text, "text/xml"
	}
	return text, "text/xml; charset=UTF-8"
}

// changed is text with one thing done to it.
func (d *documents) changed(text string) string {
	at := func() int { return d.random.IntN(len(text) + 1) }
	if text == "" {
		return morsels[d.random.IntN(len(morsels))]
	}
	p, q := at(), at()
	if p > q {
		p, q = q, p
	}
	q = min(q, p+40)
	switch d.random.IntN(8) {
	case 0: // leave out
		return text[:p] + text[q:]
	case 1: // say twice
		return text[:q] + text[p:q] + text[q:]
	case 2: // move
		r := at()
		rest := text[:p] + text[q:]
		r = min(r, len(rest))
		return rest[:r] + text[p:q] + rest[r:]
	case 3: // another document's piece
		other := d.seeds[d.random.IntN(len(d.seeds))]
		r := d.random.IntN(len(other) + 1)
		return text[:p] + other[r:min(len(other), r+60)] + text[p:]
	case 4: // another byte
		if p == len(text) {
			p--
		}
		return text[:p] + string(rune(d.random.IntN(128))) + text[p+1:]
	}
	// Where markup begins or ends a morsel is likelier to be taken.
	if i := strings.IndexAny(text[p:], "<> \""); i >= 0 && d.random.IntN(3) > 0 {
		p += i + d.random.IntN(2)
	}
	return text[:p] + morsels[d.random.IntN(len(morsels))] + text[p:]
}
