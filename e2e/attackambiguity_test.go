package e2e

import (
	"bytes"
	"fmt"
	"io"
	"mime"
	"net/http"
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/encoding/ianaindex"

	"rivgate/internal/lab"
)

// otherThing is the contract that an attempt would rather be taken for.
const otherThing = "urn:riv:test:OtherThingResponder:1"

// readings is a gateway at which every reading of an ambiguous request is
// routed and permitted, each to a path of its own: whichever is taken, shows.
type readings struct {
	*world
	client *http.Client
}

// said is what an envelope says: the producer's path tells which was believed.
const (
	saidSE1   = "/GetThing/SE1"
	malformed = "VP015"
	noAddress = "VP003"
	noRoute   = "VP004"
)

func newReadings(t *testing.T, extra string) *readings {
	t.Helper()
	w := newWorld(t, "")
	c := &lab.Catalogue{}
	for _, profile := range []string{"20", "21"} {
		for _, contract := range []string{getThing, otherThing} {
			for _, receiver := range []string{"SE1", "SE9"} {
				name := strings.TrimSuffix(strings.Split(contract, ":")[3], "Responder")
				c.Route(contract, "RIVTABP"+profile, w.plain.URL("/"+name+"/"+receiver+"?"+profile), receiver+"-"+profile)
				c.Permit(consumerID, contract, receiver+"-"+profile)
			}
		}
	}
	w.gate.stop()
	w.gate = startGateway(t, w.ca, w.gateway, c, extra)
	client := lab.Client(lab.ClientTLS(w.consumer, w.ca))
	t.Cleanup(client.CloseIdleConnections)
	return &readings{w, client}
}

// try sends a body and finds what became of it to be want: a code, or the path
// of the producer, which must then have seen the bytes given.
func (r *readings) try(t *testing.T, a *attacks, attempt, contentType string, body []byte, want string, forwarded []byte) {
	t.Helper()
	r.plain.Take()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, r.url(), bytes.NewReader(body))
	must(t, err)
	request.Header.Set("Content-Type", contentType)
	answer, err := r.client.Do(request)
	must(t, err)
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	must(t, err)
	seen := r.plain.Take()
	if strings.HasPrefix(want, "VP") {
		fault := lab.ParseFault(text)
		switch {
		case fault == nil:
			t.Errorf("%s: HTTP %d, no fault, want %s\n%s", attempt, answer.StatusCode, want, body)
		case !strings.HasPrefix(fault.String, want+" "):
			t.Errorf("%s: %s %s, want %s", attempt, fault.String, fault.Detail, want)
		case slices.ContainsFunc(seen, func(s lab.Seen) bool { return s.Complete }):
			t.Errorf("%s: refused, but a producer saw a whole request", attempt)
		default:
			a.count(attempt, refused)
		}
		return
	}
	switch {
	case answer.StatusCode != http.StatusOK || len(seen) != 1:
		t.Errorf("%s: HTTP %d, %d requests at the producer: %s", attempt, answer.StatusCode, len(seen), text)
	case !strings.HasPrefix(seen[0].URI, want+"?"):
		t.Errorf("%s: taken for %s, want %s", attempt, seen[0].URI, want)
	case !oneReading(seen[0].Header.Values("Content-Type")):
		t.Errorf("%s: the producer was told %q", attempt, seen[0].Header.Values("Content-Type"))
	case !bytes.Equal(seen[0].Body, forwarded):
		t.Errorf("%s: the producer saw\n%q\nwant\n%q", attempt, seen[0].Body, forwarded)
	default:
		a.count(attempt, harmless)
	}
}

// oneReading tells whether the Content-Types are one, that names no charset but
// UTF-8.
func oneReading(contentTypes []string) bool {
	if len(contentTypes) != 1 {
		return false
	}
	_, parameters, err := mime.ParseMediaType(contentTypes[0])
	charset := parameters["charset"]
	return err == nil && (charset == "" || strings.EqualFold(charset, "utf-8"))
}

// shapes are envelopes that two readers could read differently, and what has to
// come of them. S is the SOAP namespace, O the other version's, R the
// address's, A its element, C the contract, D another one. SE1 and SE9 are
// receivers.
var shapes = []struct{ name, text, want string }{
	{"honest", `<e:Envelope xmlns:e="S"><e:Header><r:A xmlns:r="R">SE1</r:A></e:Header><e:Body><c:x xmlns:c="C"/></e:Body></e:Envelope>`, saidSE1},
	{"two addresses", `<e:Envelope xmlns:e="S"><e:Header><r:A xmlns:r="R">SE1</r:A><r:A xmlns:r="R">SE9</r:A></e:Header><e:Body><c:x xmlns:c="C"/></e:Body></e:Envelope>`, malformed},
	{"two addresses, the same", `<e:Envelope xmlns:e="S"><e:Header><r:A xmlns:r="R">SE1</r:A><q:A xmlns:q="R">SE1</q:A></e:Header><e:Body><c:x xmlns:c="C"/></e:Body></e:Envelope>`, malformed},
	{"an empty address and another", `<e:Envelope xmlns:e="S"><e:Header><r:A xmlns:r="R"/><r:A xmlns:r="R">SE9</r:A></e:Header><e:Body><c:x xmlns:c="C"/></e:Body></e:Envelope>`, malformed},
	{"an alien address behind it", `<e:Envelope xmlns:e="S"><e:Header><r:A xmlns:r="R">SE1</r:A><q:A xmlns:q="urn:q">SE9</q:A></e:Header><e:Body><c:x xmlns:c="C"/></e:Body></e:Envelope>`, saidSE1},
	{"an alien address before it", `<e:Envelope xmlns:e="S"><e:Header><A>SE9</A><r:A xmlns:r="R">SE1</r:A></e:Header><e:Body><c:x xmlns:c="C"/></e:Body></e:Envelope>`, saidSE1},
	{"an alien address alone", `<e:Envelope xmlns:e="S"><e:Header><r:A xmlns:r="urn:q">SE9</r:A></e:Header><e:Body><c:x xmlns:c="C"/></e:Body></e:Envelope>`, noAddress},
	{"an address nested in another header", `<e:Envelope xmlns:e="S"><e:Header><r:A xmlns:r="R">SE1</r:A><q:ReplyTo xmlns:q="urn:q"><r:A xmlns:r="R">SE9</r:A></q:ReplyTo></e:Header><e:Body><c:x xmlns:c="C"/></e:Body></e:Envelope>`, saidSE1},
	{"a nested address alone", `<e:Envelope xmlns:e="S"><e:Header><q:ReplyTo xmlns:q="urn:q"><r:A xmlns:r="R">SE9</r:A></q:ReplyTo></e:Header><e:Body><c:x xmlns:c="C"/></e:Body></e:Envelope>`, noAddress},
	{"a comment in the address", `<e:Envelope xmlns:e="S"><e:Header><r:A xmlns:r="R">SE<!-- -->1</r:A></e:Header><e:Body><c:x xmlns:c="C"/></e:Body></e:Envelope>`, malformed},
	{"a comment as the address", `<e:Envelope xmlns:e="S"><e:Header><r:A xmlns:r="R"><!--SE9-->SE1</r:A></e:Header><e:Body><c:x xmlns:c="C"/></e:Body></e:Envelope>`, malformed},
	{"an address in a comment", `<e:Envelope xmlns:e="S"><e:Header><!--<r:A xmlns:r="R">SE9</r:A>--><r:A xmlns:r="R">SE1</r:A></e:Header><e:Body><c:x xmlns:c="C"/></e:Body></e:Envelope>`, saidSE1},
	{"an address in CDATA", `<e:Envelope xmlns:e="S"><e:Header><q xmlns="urn:q"><![CDATA[<r:A xmlns:r="R">SE9</r:A>]]></q><r:A xmlns:r="R">SE1</r:A></e:Header><e:Body><c:x xmlns:c="C"/></e:Body></e:Envelope>`, saidSE1},
	{"CDATA in the address", `<e:Envelope xmlns:e="S"><e:Header><r:A xmlns:r="R">S<![CDATA[E]]><![CDATA[]]>1</r:A></e:Header><e:Body><c:x xmlns:c="C"/></e:Body></e:Envelope>`, saidSE1},
	{"character references", `<e:Envelope xmlns:e="S"><e:Header><r:A xmlns:r="R">&#83;&#x45;1</r:A></e:Header><e:Body><c:x xmlns:c="C"/></e:Body></e:Envelope>`, saidSE1},
	{"an instruction in the address", `<e:Envelope xmlns:e="S"><e:Header><r:A xmlns:r="R">SE1<?x SE9?></r:A></e:Header><e:Body><c:x xmlns:c="C"/></e:Body></e:Envelope>`, malformed},
	{"an element in the address", `<e:Envelope xmlns:e="S"><e:Header><r:A xmlns:r="R">SE1<b xmlns="">SE9</b></r:A></e:Header><e:Body><c:x xmlns:c="C"/></e:Body></e:Envelope>`, malformed},
	{"an entity in the address", `<e:Envelope xmlns:e="S"><e:Header><r:A xmlns:r="R">SE1&x;</r:A></e:Header><e:Body><c:x xmlns:c="C"/></e:Body></e:Envelope>`, malformed},
	{"a document type", `<!DOCTYPE e [<!ENTITY x "SE9">]><e:Envelope xmlns:e="S"><e:Header><r:A xmlns:r="R">SE1</r:A></e:Header><e:Body><c:x xmlns:c="C"/></e:Body></e:Envelope>`, malformed},
	{"a header called Body", `<e:Envelope xmlns:e="S"><e:Header><b:Body xmlns:b="urn:b"><a:x xmlns:a="D"/></b:Body><a:x xmlns:a="D"/><r:A xmlns:r="R">SE1</r:A></e:Header><e:Body><c:x xmlns:c="C"/></e:Body></e:Envelope>`, saidSE1},
	{"the Body in the Header", `<e:Envelope xmlns:e="S"><e:Header><r:A xmlns:r="R">SE1</r:A><e:Body><a:x xmlns:a="D"/></e:Body></e:Header><e:Body><c:x xmlns:c="C"/></e:Body></e:Envelope>`, malformed},
	{"the other version's Body in the Header", `<e:Envelope xmlns:e="S"><e:Header><q xmlns="urn:q"><o:Body xmlns:o="O"><a:x xmlns:a="D"/></o:Body></q><r:A xmlns:r="R">SE1</r:A></e:Header><e:Body><c:x xmlns:c="C"/></e:Body></e:Envelope>`, malformed},
	{"an Envelope wrapped in a header", `<e:Envelope xmlns:e="S"><e:Header><q:w xmlns:q="urn:q"><e:Envelope><e:Header><r:A xmlns:r="R">SE9</r:A></e:Header><e:Body><a:x xmlns:a="D"/></e:Body></e:Envelope></q:w><r:A xmlns:r="R">SE1</r:A></e:Header><e:Body><c:x xmlns:c="C"/></e:Body></e:Envelope>`, malformed},
	{"an Envelope wrapped in the Body", `<e:Envelope xmlns:e="S"><e:Header><r:A xmlns:r="R">SE1</r:A></e:Header><e:Body><c:x xmlns:c="C"><e:Envelope><e:Header><r:A xmlns:r="R">SE9</r:A></e:Header><e:Body><a:x xmlns:a="D"/></e:Body></e:Envelope></c:x></e:Body></e:Envelope>`, saidSE1},
	{"an alien Envelope around it", `<q:Envelope xmlns:q="urn:q"><e:Envelope xmlns:e="S"><e:Header><r:A xmlns:r="R">SE1</r:A></e:Header><e:Body><c:x xmlns:c="C"/></e:Body></e:Envelope></q:Envelope>`, malformed},
	{"two Headers", `<e:Envelope xmlns:e="S"><e:Header><r:A xmlns:r="R">SE1</r:A></e:Header><e:Header><r:A xmlns:r="R">SE9</r:A></e:Header><e:Body><c:x xmlns:c="C"/></e:Body></e:Envelope>`, malformed},
	{"the Header of the other version", `<e:Envelope xmlns:e="S"><o:Header xmlns:o="O"><r:A xmlns:r="R">SE9</r:A></o:Header><e:Body><c:x xmlns:c="C"/></e:Body></e:Envelope>`, malformed},
	{"a Header without namespace", `<e:Envelope xmlns:e="S"><Header><r:A xmlns:r="R">SE9</r:A></Header><e:Body><c:x xmlns:c="C"/></e:Body></e:Envelope>`, malformed},
	{"the Body of the other version", `<e:Envelope xmlns:e="S"><e:Header><r:A xmlns:r="R">SE1</r:A></e:Header><o:Body xmlns:o="O"><a:x xmlns:a="D"/></o:Body><e:Body><c:x xmlns:c="C"/></e:Body></e:Envelope>`, malformed},
	{"the Header behind the Body", `<e:Envelope xmlns:e="S"><e:Body><c:x xmlns:c="C"/></e:Body><e:Header><r:A xmlns:r="R">SE9</r:A></e:Header></e:Envelope>`, noAddress},
	{"an element before the Header", `<e:Envelope xmlns:e="S"><r:A xmlns:r="R">SE9</r:A><e:Header><r:A xmlns:r="R">SE1</r:A></e:Header><e:Body><c:x xmlns:c="C"/></e:Body></e:Envelope>`, malformed},
	{"the address in the Envelope", `<e:Envelope xmlns:e="S"><e:Header/><r:A xmlns:r="R">SE9</r:A><e:Body><c:x xmlns:c="C"/></e:Body></e:Envelope>`, malformed},
	{"the address in the Body", `<e:Envelope xmlns:e="S"><e:Header/><e:Body><r:A xmlns:r="R">SE9</r:A><c:x xmlns:c="C"/></e:Body></e:Envelope>`, noAddress},
	{"two Bodies", `<e:Envelope xmlns:e="S"><e:Header><r:A xmlns:r="R">SE1</r:A></e:Header><e:Body><c:x xmlns:c="C"/></e:Body><e:Body><a:x xmlns:a="D"/></e:Body></e:Envelope>`, saidSE1},
	{"two elements in the Body", `<e:Envelope xmlns:e="S"><e:Header><r:A xmlns:r="R">SE1</r:A></e:Header><e:Body><c:x xmlns:c="C"/><a:x xmlns:a="D"/></e:Body></e:Envelope>`, saidSE1},
	{"a comment before the contract", `<e:Envelope xmlns:e="S"><e:Header><r:A xmlns:r="R">SE1</r:A></e:Header><e:Body><!--<a:x xmlns:a="D"/>--><c:x xmlns:c="C"/></e:Body></e:Envelope>`, saidSE1},
	{"a contract in references", `<e:Envelope xmlns:e="S"><e:Header><r:A xmlns:r="R">SE1</r:A></e:Header><e:Body><c:x xmlns:c="&#67;"/></e:Body></e:Envelope>`, saidSE1},
	{"a prefix bound again", `<e:Envelope xmlns:e="S" xmlns:c="D" xmlns:r="urn:q"><e:Header><r:A xmlns:r="R">SE1</r:A></e:Header><e:Body><c:x xmlns:c="C"/></e:Body></e:Envelope>`, saidSE1},
	{"a prefix bound twice", `<e:Envelope xmlns:e="S"><e:Header><r:A xmlns:r="R">SE1</r:A></e:Header><e:Body><c:x xmlns:c="C" xmlns:c="D"/></e:Body></e:Envelope>`, malformed},
	{"an undeclared prefix", `<e:Envelope xmlns:e="S"><e:Header><r:A>SE1</r:A></e:Header><e:Body><c:x xmlns:c="C"/></e:Body></e:Envelope>`, malformed},
	{"no SOAP namespace", `<Envelope><Header><r:A xmlns:r="R">SE1</r:A></Header><Body><c:x xmlns:c="C"/></Body></Envelope>`, malformed},
	{"padding", "<e:Envelope xmlns:e=\"S\"><e:Header><r:A xmlns:r=\"R\">\n SE1 \n</r:A></e:Header><e:Body><c:x xmlns:c=\"C\"/></e:Body></e:Envelope>", noRoute},
	{"nothing but padding", "<e:Envelope xmlns:e=\"S\"><e:Header><r:A xmlns:r=\"R\">\n \n</r:A></e:Header><e:Body><c:x xmlns:c=\"C\"/></e:Body></e:Envelope>", noAddress},
	{"an empty Body", `<e:Envelope xmlns:e="S"><e:Header><r:A xmlns:r="R">SE1</r:A></e:Header><e:Body/></e:Envelope>`, noRoute},
	{"a contract without namespace", `<e:Envelope xmlns:e="S"><e:Header><r:A xmlns:r="R">SE1</r:A></e:Header><e:Body><x/></e:Body></e:Envelope>`, noRoute},
}

const (
	soap11  = "http://schemas.xmlsoap.org/soap/envelope/"
	soap12  = "http://www.w3.org/2003/05/soap-envelope"
	inMTOM  = `multipart/related; type="application/xop+xml"; boundary="b1"; start="<root@x>"`
	inPlain = "text/xml"
)

// spoken fills in a shape for a SOAP version and a profile, "20" or "21".
func spoken(shape, version, profile string) string {
	space, other := soap11, soap12
	if version == "1.2" {
		space, other = other, space
	}
	registry, element := "urn:riv:itintegration:registry:1", "LogicalAddress"
	if profile == "20" {
		registry, element = "http://www.w3.org/2005/08/addressing", "To"
	}
	return strings.NewReplacer(
		`="S"`, `="`+space+`"`, `="O"`, `="`+other+`"`, `="R"`, `="`+registry+`"`, `="C"`, `="`+getThing+`"`, `="D"`, `="`+otherThing+`"`,
		`="&#67;"`, `="&#117;rn:riv:test:GetThing&#x52;esponder:1"`, `:A`, `:`+element, `<A>`, `<`+element+`>`, `</A>`, `</`+element+`>`,
		`SE1`, `SE1-`+profile, `SE9`, `SE9-`+profile, `&#x45;1`, `&#x45;1-`+profile, `<![CDATA[]]>1`, `<![CDATA[]]>1-`+profile, `<!-- -->1`, `<!-- -->1-`+profile,
	).Replace(shape)
}

// mimePart is a part of a multipart body with the boundary b1.
func mimePart(header, content string) string {
	return "--b1\r\n" + header + "\r\n\r\n" + content + "\r\n"
}

const (
	rootHeader = "Content-Type: application/xop+xml; charset=UTF-8; type=\"text/xml\"\r\nContent-ID: <root@x>"
	mimeEnd    = "--b1--\r\n"
)

func TestAttackAddressAmbiguity(t *testing.T) {
	a := newAttacks(t, "Envelopes that two readers could take for different calls, in both SOAP versions and profiles, three charsets, plain and as MTOM root")
	r := newReadings(t, "")
	for _, shape := range shapes {
		for _, version := range []string{"1.1", "1.2"} {
			for _, profile := range []string{"20", "21"} {
				for _, charset := range []string{"utf-8", "utf-16", "iso-8859-1"} {
					name := fmt.Sprintf("%s, SOAP %s, RIV %s, %s", shape.name, version, profile, charset)
					text := spoken(shape.text, version, profile)
					encoding, err := ianaindex.IANA.Encoding(charset)
					must(t, err)
					encoded, err := encoding.NewEncoder().String(text)
					must(t, err)
					contentType := inPlain
					if version == "1.2" {
						contentType = "application/soap+xml"
					}
					r.try(t, a, name, contentType+"; charset="+charset, []byte(encoded), shape.want, []byte(text))

					// Bytes of a root part travel as they are, so only UTF-8 is taken.
					want, body := shape.want, "preamble\r\n"+mimePart(strings.Replace(rootHeader, "UTF-8", charset, 1), encoded)+mimePart("Content-ID: <a@x>", "\x00\xff")+mimeEnd
					if charset != "utf-8" {
						want = malformed
					}
					r.try(t, a, name+", MTOM root", inMTOM, []byte(body), want, []byte(body))
				}
			}
		}
	}
}

// What a multipart body's readers could disagree on: which part the root is,
// where it ends, which charset it is in.
func TestAttackMultipartAmbiguity(t *testing.T) {
	a := newAttacks(t, "Multipart requests in which readers could take different parts for the envelope, or the same part for different text")
	r := newReadings(t, "")
	honest := spoken(shapes[0].text, "1.1", "21")
	evil := strings.NewReplacer("SE1", "SE9", getThing, otherThing).Replace(honest)
	root, other := mimePart(rootHeader, honest), mimePart("Content-ID: <other@x>", evil)
	plain := strings.Replace(inMTOM, `; start="<root@x>"`, "", 1)
	with := func(header, content string) string { return mimePart(header, content) + mimeEnd }
	for _, test := range []struct{ name, contentType, body, want string }{
		{"honest", inMTOM, root + mimeEnd, saidSE1},
		{"another envelope behind the root", inMTOM, root + other + mimeEnd, saidSE1},
		{"another envelope before the root", inMTOM, other + root + mimeEnd, saidSE1},
		{"no start, another envelope behind", plain, root + other + mimeEnd, saidSE1},
		{"start points at a part that is not there", strings.Replace(inMTOM, "root@x", "gone@x", 1), root + mimeEnd, malformed},
		{"start points at an attachment", strings.Replace(inMTOM, "root@x", "a@x", 1), root + mimePart("Content-ID: <a@x>", "data") + mimeEnd, malformed},
		{"an envelope in the preamble", inMTOM, evil + "\r\n" + root + mimeEnd, saidSE1},
		{"an envelope in the epilogue", inMTOM, root + mimeEnd + evil, saidSE1},
		{"an envelope in the epilogue as a part", inMTOM, root + mimeEnd + mimePart(rootHeader, evil) + mimeEnd, malformed},
		{"two parts of the root's id", inMTOM, root + mimePart(rootHeader, evil) + mimeEnd, malformed},
		{"two parts of the root's id, in another case", inMTOM, root + with("content-id: <ROOT@X>", evil), malformed},
		{"the root's id in another case before the root", inMTOM, mimePart("Content-ID: <Root@x>", evil) + root + mimeEnd, malformed},
		{"two parts of the root's id, far behind", inMTOM, root + mimePart("Content-ID: <a@x>", strings.Repeat("x", 100<<10)) + with(rootHeader, evil), malformed},
		{"two parts of the root's id, behind a long line", inMTOM, root + with("Content-ID:"+strings.Repeat(" ", 2000)+"<root@x>", evil), malformed},
		{"two parts of the root's id, folded", inMTOM, root + with("Content-ID:\r\n <root@x>", evil), malformed},
		{"two parts of the root's id, white space before the colon", inMTOM, root + with("Content-ID : <root@x>", evil), malformed},
		{"white space before the colon of the root's id", inMTOM, mimePart("Content-Type: text/xml", evil) + with("Content-ID : <root@x>", honest), malformed},
		{"two ids in one part", inMTOM, with("Content-ID: <a@x>\r\nContent-ID: <root@x>", honest), malformed},
		{"two boundaries", inMTOM + `; boundary="b2"`, root + "--b2\r\n" + rootHeader + "\r\n\r\n" + evil + "\r\n--b2--\r\n", malformed},
		{"two boundaries, the second extended", inMTOM + `; boundary*=UTF-8''b2`, root + "--b2\r\n" + rootHeader + "\r\n\r\n" + evil + "\r\n--b2--\r\n", malformed},
		{"two starts", inMTOM + `; start="<other@x>"`, root + other + mimeEnd, malformed},
		{"two starts, the second continued", inMTOM + `; start*0="<other@x>"`, root + other + mimeEnd, malformed},
		{"a boundary in apostrophes", strings.Replace(inMTOM, `"b1"`, `'b1'`, 1), root + "--'b1'\r\n" + rootHeader + "\r\n\r\n" + evil + "\r\n--'b1'--\r\n", malformed},
		{"a boundary that is not closed", `multipart/related; start="<root@x>"; boundary="b1`, root + "--\"b1\r\n" + rootHeader + "\r\n\r\n" + evil + "\r\n--\"b1--\r\n", malformed},
		{"a boundary that begins like another", strings.Replace(inMTOM, `"b1"`, `b`, 1), "--b\r\n" + rootHeader + "\r\n\r\n" + strings.Replace(honest, "<e:Body>", "\r\n--b1\r\n<e:Body>", 1) + "\r\n--b--\r\n", malformed},
		{"the root's charset is UTF-16 by name", inMTOM, with("Content-ID: <root@x>\r\nContent-Type: text/xml; charset=utf-16", honest), malformed},
		{"the root's charset in capitals", inMTOM, with("Content-ID: <root@x>\r\nContent-Type: text/xml; CHARSET=ISO-8859-1", honest), malformed},
		{"the root has two charsets", inMTOM, with("Content-ID: <root@x>\r\nContent-Type: text/xml; charset=utf-8; charset=iso-8859-1", honest), malformed},
		{"the root's charset is extended", inMTOM, with("Content-ID: <root@x>\r\nContent-Type: text/xml; charset*=''iso-8859-1", honest), malformed},
		{"the root's charset is UTF-7", inMTOM, with("Content-ID: <root@x>\r\nContent-Type: text/xml; charset=UTF-7", honest), malformed},
		{"the whole's charset is UTF-16", inMTOM + "; charset=utf-16", root + mimeEnd, malformed},
		{"the whole's charset is UTF-8", inMTOM + "; charset=utf-8", root + mimeEnd, saidSE1},
		{"the root in base64", inMTOM, with("Content-ID: <root@x>\r\nContent-Transfer-Encoding: base64", honest), malformed},
		{"two transfer encodings", inMTOM, with("Content-ID: <root@x>\r\nContent-Transfer-Encoding: binary\r\nContent-Transfer-Encoding: base64", honest), malformed},
		{"the root ends in the middle", inMTOM, mimePart(rootHeader, honest[:len(honest)/2]) + with("Content-ID: <b@x>", honest[len(honest)/2:]), malformed},
		{"multipart in multipart", inMTOM, with("Content-ID: <root@x>\r\nContent-Type: multipart/related; boundary=b2", "--b2\r\n\r\n"+honest+"\r\n--b2--"), malformed},
		{"form data", strings.Replace(plain, `multipart/related; type="application/xop+xml"`, "multipart/form-data", 1), root + mimeEnd, malformed},
	} {
		r.try(t, a, test.name, test.contentType, []byte(test.body), test.want, []byte(test.body))
	}
}
