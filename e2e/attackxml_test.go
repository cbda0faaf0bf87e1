package e2e

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"hash/fnv"
	"net"
	"net/http"
	"runtime/metrics"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"rivgate/internal/lab"
)

// honest is the envelope that attempts are made from.
var honest = spoken(shapes[0].text, "1.1", "21")

// TestAttackXMLEntities: a gateway that fetched or expanded anything would be
// seen by a server that waits for it.
func TestAttackXMLEntities(t *testing.T) {
	a := newAttacks(t, "Document types, internal and external entities, includes and other references in every place and charset, with a server that waits for the gateway to fetch one")
	r := newReadings(t, "")
	bait, fetched := startBait(t)
	laughs := `<!DOCTYPE e [<!ENTITY a "SE1-21">`
	for c := 'b'; c < 'k'; c++ {
		laughs += fmt.Sprintf(`<!ENTITY %c "%s">`, c, strings.Repeat("&"+string(c-1)+";", 10))
	}
	in := func(place, text string) string { return strings.Replace(honest, place, text, 1) }
	for _, test := range []struct{ name, text, want string }{
		{"external document type", `<!DOCTYPE e SYSTEM "` + bait + `/a.dtd">` + honest, malformed},
		{"public document type", `<!DOCTYPE e PUBLIC "-//x//y" "` + bait + `/b.dtd">` + honest, malformed},
		{"document type behind a declaration", `<?xml version="1.0" standalone="no"?><!DOCTYPE e SYSTEM "` + bait + `/c.dtd">` + honest, malformed},
		{"document type behind a comment", "<!--x-->\n<!DOCTYPE e []>" + honest, malformed},
		{"document type in small letters", `<!doctype e []>` + honest, malformed},
		{"external entity", `<!DOCTYPE e [<!ENTITY x SYSTEM "` + bait + `/x">]>` + in("SE1-21<", "&x;<"), malformed},
		{"external entity, a file", `<!DOCTYPE e [<!ENTITY x SYSTEM "file:///etc/passwd">]>` + in("SE1-21<", "&x;<"), malformed},
		{"external parameter entity", `<!DOCTYPE e [<!ENTITY % x SYSTEM "` + bait + `/p">%x;]>` + honest, malformed},
		{"internal entity", `<!DOCTYPE e [<!ENTITY x "SE1-21">]>` + in("SE1-21<", "&x;<"), malformed},
		{"entities of entities", laughs + "]>" + in("SE1-21<", "&j;<"), malformed},
		{"a default attribute", `<!DOCTYPE e [<!ATTLIST e:Body xmlns:c CDATA "urn:x">]>` + honest, malformed},
		{"undeclared entity in the address", in("SE1-21<", "SE1-21&x;<"), malformed},
		{"undeclared entity in a header", in("<e:Header>", "<e:Header><q>&x;</q>"), malformed},
		{"undeclared entity in an attribute", in("<e:Header>", `<e:Header a="&x;">`), malformed},
		{"undeclared entity in the contract", in(getThing, "&x;"+getThing), malformed},
		{"document type in the Envelope", in("<e:Header>", `<!DOCTYPE e SYSTEM "`+bait+`/d.dtd"><e:Header>`), malformed},
		{"document type in the address", in("SE1-21<", `<!DOCTYPE e SYSTEM "`+bait+`/e.dtd">SE1-21<`), malformed},
		{"an include", in("<e:Header>", `<e:Header><i:include xmlns:i="http://www.w3.org/2001/XInclude" href="`+bait+`/i"/>`), saidSE1},
		{"a schema", in("<e:Header>", `<e:Header x:schemaLocation="urn:x `+bait+`/s.xsd" xmlns:x="http://www.w3.org/2001/XMLSchema-instance">`), saidSE1},
		{"a style sheet", `<?xml-stylesheet href="` + bait + `/s.xsl" type="text/xsl"?>` + honest, saidSE1},
		{"addresses to answer to", in("<e:Header>", `<e:Header><w:ReplyTo xmlns:w="http://www.w3.org/2005/08/addressing"><w:Address>`+bait+`/r</w:Address></w:ReplyTo><w:FaultTo xmlns:w="http://www.w3.org/2005/08/addressing"><w:Address>`+bait+`/f</w:Address></w:FaultTo>`), saidSE1},
		{"namespaces that are addresses", in("<e:Header>", `<e:Header xmlns="`+bait+`/ns" xmlns:q="`+bait+`/q"><q:x/>`), saidSE1},
		{"an attachment elsewhere", in(`"/></e:Body>`, `"><i:Include xmlns:i="http://www.w3.org/2004/08/xop/include" href="`+bait+`/a"/></c:x></e:Body>`), saidSE1},
	} {
		r.try(t, a, test.name, "text/xml; charset=utf-8", []byte(test.text), test.want, []byte(test.text))
		r.try(t, a, test.name+", UTF-16", "text/xml; charset=utf-16be", []byte(utf16(test.text)), test.want, []byte(test.text))
		root := mimePart(rootHeader, test.text) + mimeEnd
		r.try(t, a, test.name+", MTOM root", inMTOM, []byte(root), test.want, []byte(root))
	}
	r.gate.stop()
	if n := fetched.Load(); n > 0 {
		t.Errorf("%d connections to the server that waited for one", n)
	}
}

// startBait starts a server that counts who comes.
func startBait(t *testing.T) (url string, came *atomic.Int64) {
	t.Helper()
	listener := listen(t)
	came = new(atomic.Int64)
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			came.Add(1)
			_ = conn.Close()
		}
	}()
	return "http://" + listener.Addr().(*net.TCPAddr).String(), came
}

// allocated is how many bytes were allocated since the process began.
func allocated() uint64 {
	sample := []metrics.Sample{{Name: "/gc/heap/allocs:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}

// hostileBudget is what gateway, caller and producer together may allocate over
// one hostile request of up to 16 MiB: buffers, not documents.
const hostileBudget = 16 * mebibyte

// sendWithin sends a request and finds that it was refused, or served without
// being read, within the budget. A caller that still sends when it is refused
// may see nothing but the end of its connection.
func (r *readings) sendWithin(t *testing.T, a *attacks, attempt string, request []byte, served bool) {
	t.Helper()
	r.plain.Take()
	before := allocated()
	answer, _ := r.overTLS(r.consumer).Send(t.Context(), request)
	used := allocated() - before
	if used > hostileBudget {
		t.Errorf("%s: %d bytes were allocated over a request of %d", attempt, used, len(request))
		return
	}
	if served {
		seen := r.plain.Take()
		if answer == nil || answer.Status != http.StatusOK || len(seen) != 1 || !strings.HasPrefix(seen[0].URI, saidSE1) {
			t.Errorf("%s: not served: %+v", attempt, answer)
			return
		}
		if sender := seen[0].Header.Values("X-Vp-Sender-Id"); len(sender) != 1 || sender[0] != consumerID {
			t.Errorf("%s: the producer saw the sender %q", attempt, sender)
			return
		}
		a.count(attempt, harmless)
		return
	}
	if answer != nil && answer.Status != http.StatusOK {
		fault := lab.ParseFault(answer.Body)
		below := answer.Status >= 400 && answer.Status < 500
		if !below && (fault == nil || !strings.HasPrefix(fault.String, malformed+" ")) {
			t.Errorf("%s: HTTP %d %s", attempt, answer.Status, answer.Body)
			return
		}
	}
	if answer != nil && answer.Status == http.StatusOK || slices.ContainsFunc(r.plain.Take(), func(s lab.Seen) bool { return s.Complete }) {
		t.Errorf("%s: served", attempt)
		return
	}
	a.count(attempt, refused)
}

// numbered repeats text n times, with a number for each %d.
func numbered(text string, n int) string {
	var out strings.Builder
	for i := range n {
		out.WriteString(strings.ReplaceAll(text, "%d", fmt.Sprint(i)))
	}
	return out.String()
}

func TestAttackXMLComplexity(t *testing.T) {
	a := newAttacks(t, "Depth, attributes, names, namespaces and sizes made to cost time or memory, in the head and behind it, each within a bound on what may be allocated")
	r := newReadings(t, "")
	const many, huge = 100_000, 8 * mebibyte
	long := strings.Repeat("x", huge)
	inHeader := func(text string) string { return strings.Replace(honest, "<e:Header>", "<e:Header>"+text, 1) }
	inPayload := func(text string) string {
		return strings.Replace(honest, `"/></e:Body>`, `">`+text+`</c:x></e:Body>`, 1)
	}
	for _, test := range []struct {
		name, text string
		served     bool
	}{
		{"depth", inHeader(strings.Repeat("<x>", many)), false},
		{"depth, closed", inHeader(strings.Repeat("<x>", many) + strings.Repeat("</x>", many)), false},
		{"depth before the Envelope", strings.Repeat("<x>", many) + honest, false},
		{"depth, just within", inHeader(strings.Repeat("<x>", 190) + strings.Repeat("</x>", 190)), true},
		{"depth with namespaces", inHeader(numbered(`<n%d:x xmlns:n%d="urn:%d">`, many)), false},
		{"attributes", inHeader("<x" + numbered(` a%d=""`, many) + "/>"), false},
		{"attributes, just within", inHeader("<x" + numbered(` a%d=""`, 199) + "/>"), true},
		{"attributes of one hash", inHeader("<x" + numbered(` aaaaaaaaaaaaaaaa%d="%d"`, many) + "/>"), false},
		{"attributes, one name", inHeader("<x" + strings.Repeat(` a=""`, many) + "/>"), false},
		{"namespaces", inHeader("<x" + numbered(` xmlns:n%d="urn:%d"`, many) + "/>"), false},
		{"namespaces over many elements", inHeader(numbered(`<n%d:x xmlns:n%d="urn:n">`, 250)), false},
		{"namespaces on the Envelope", strings.Replace(honest, "<e:Envelope", "<e:Envelope"+numbered(` xmlns:n%d="urn:%d"`, many), 1), false},
		{"elements", inHeader(strings.Repeat("<x/>", many)), false},
		{"elements looking up far namespaces", strings.Replace(inHeader(strings.Repeat("<n0:x n1:y=''/>", 10_000)), "<e:Envelope", "<e:Envelope"+numbered(` xmlns:n%d="urn:%d"`, 150), 1), true},
		{"a long name", inHeader("<" + long + "/>"), false},
		{"a long name, not the one to end", inHeader("<x></" + long + ">"), false},
		{"a long prefix", inHeader("<" + long + ":x/>"), false},
		{"a long attribute name", inHeader("<x " + long + "='1'/>"), false},
		{"a long attribute value", inHeader("<x a='" + long + "'/>"), false},
		{"a long namespace", inHeader("<x xmlns='" + long + "'/>"), false},
		{"a long contract", strings.Replace(honest, getThing, long, 1), false},
		{"a long address", strings.Replace(honest, "SE1", long, 1), false},
		{"a long comment", inHeader("<!--" + long + "-->"), false},
		{"a long instruction", inHeader("<?p " + long + "?>"), false},
		{"a long text", inHeader("<x>" + long + "</x>"), false},
		{"a long CDATA section", inHeader("<x><![CDATA[" + long + "]]></x>"), false},
		{"a long declaration", `<?xml version="1.0" encoding="` + long + `"?>` + honest, false},
		{"references", inHeader("<x>" + strings.Repeat("&amp;", many) + "</x>"), false},
		{"references in the address", strings.Replace(honest, "SE1", strings.Repeat("&#83;", many), 1), false},
		{"a reference with many digits", inHeader("<x>&#" + strings.Repeat("0", huge) + "83;</x>"), false},
		{"CDATA sections in the address", strings.Replace(honest, "SE1", strings.Repeat("<![CDATA[]]>", 20_000)+"SE1", 1), true},
		{"white space before the Envelope", strings.Repeat(" ", huge) + honest, false},
		{"nothing that ends", strings.Repeat("<", huge), false},
		{"an array's worth in the Body", inPayload(strings.Repeat("<i/>", 2*mebibyte)), true},
		{"depth in the Body", inPayload(strings.Repeat("<x>", mebibyte) + strings.Repeat("</x>", mebibyte)), true},
		{"attributes in the Body", inPayload("<x" + numbered(` a%d=""`, many) + "/>"), true},
		{"a long name in the Body", inPayload("<" + long + "/>"), true},
	} {
		r.sendWithin(t, a, test.name, posted("", test.text), test.served)
	}
	for _, test := range []struct{ name, contentType, body string }{
		{"preamble", inMTOM, long + "\r\n" + mimePart(rootHeader, honest) + mimeEnd},
		{"parts before the root", inMTOM, strings.Repeat(mimePart("", ""), many) + mimePart(rootHeader, honest) + mimeEnd},
		{"a part's header", inMTOM, mimePart("X: "+long+"\r\n"+rootHeader, honest) + mimeEnd},
		{"a later part's header", inMTOM, mimePart(rootHeader, honest) + mimePart("X: "+long, "") + mimeEnd},
		{"a later part's header in many lines", inMTOM, mimePart(rootHeader, honest) + mimePart(strings.Repeat("X: y\r\n", mebibyte)+"Z:", "") + mimeEnd},
		{"almost boundaries", inMTOM, strings.Repeat("\r\n--b1x", mebibyte) + mimePart(rootHeader, honest) + mimeEnd},
		{"UTF-16", "text/xml; charset=utf-16be", utf16(inHeader("<!--" + long[:huge/2] + "-->"))},
	} {
		request := strings.Replace(string(posted("", test.body)), "text/xml; charset=UTF-8", test.contentType, 1)
		r.sendWithin(t, a, test.name, []byte(request), false)
	}
}

func TestAttackCharsets(t *testing.T) {
	a := newAttacks(t, "Byte order marks, declarations and Content-Types that contradict each other or the bytes, overlong and broken sequences, UTF-7, UTF-32, EBCDIC")
	r := newReadings(t, "")
	declared := func(charset string) string { return `<?xml version="1.0" encoding="` + charset + `"?>` }
	little := func(text string) string {
		var out strings.Builder
		for i := range len(text) {
			out.WriteByte(text[i])
			out.WriteByte(0)
		}
		return out.String()
	}
	with := func(bytes string) string { return strings.Replace(honest, "SE1-21", "SE1-21"+bytes, 1) }
	const utf8Type, none = "text/xml; charset=UTF-8", "text/xml"
	for _, test := range []struct{ name, contentType, body, want, forwarded string }{
		{"UTF-8 mark, UTF-16 named", "text/xml; charset=utf-16", "\ufeff" + honest, malformed, ""},
		{"UTF-8 mark, Latin 1 named", "text/xml; charset=iso-8859-1", "\ufeff" + honest, malformed, ""},
		{"UTF-8 mark, Latin 1 declared", none, "\ufeff" + declared("iso-8859-1") + honest, malformed, ""},
		{"UTF-8 mark", none, "\ufeff" + honest, saidSE1, "\ufeff" + honest},
		{"two UTF-8 marks", none, "\ufeff\ufeff" + honest, malformed, ""},
		{"little-endian mark, big-endian named", "text/xml; charset=utf-16be", "\xff\xfe" + little(honest), malformed, ""},
		{"big-endian mark, little-endian named", "text/xml; charset=utf-16le", "\xfe\xff" + utf16(honest), malformed, ""},
		{"UTF-16 mark, UTF-8 named", utf8Type, "\xfe\xff" + utf16(honest), malformed, ""},
		{"UTF-16 mark, UTF-8 declared", none, "\xfe\xff" + utf16(declared("utf-8")+honest), malformed, ""},
		{"UTF-16 without mark or declaration", none, utf16(honest), malformed, ""},
		{"UTF-16 declared, bytes of 8 bits", none, declared("utf-16") + honest, malformed, ""},
		{"UTF-16 named, bytes of 8 bits", "text/xml; charset=utf-16", honest, malformed, ""},
		{"UTF-8 named, bytes of 16 bits", utf8Type, utf16(honest), malformed, ""},
		{"UTF-8 named, Latin 1 declared, ASCII", utf8Type, declared("iso-8859-1") + honest, saidSE1, declared("iso-8859-1") + honest},
		{"UTF-8 named, Latin 1 declared, no ASCII", utf8Type, declared("iso-8859-1") + with("Å"), malformed, ""},
		{"UTF-8 named, unknown declared", utf8Type, declared("x-klingon") + honest, malformed, ""},
		{"Latin 1 named in capitals, SOAP 1.2", "application/soap+xml; CHARSET=iso-8859-1", spoken(shapes[0].text, "1.2", "21"), saidSE1, spoken(shapes[0].text, "1.2", "21")},
		{"two charsets named, SOAP 1.2", "application/soap+xml; charset=utf-8; charset=utf-16", spoken(shapes[0].text, "1.2", "21"), malformed, ""},
		{"a charset in the action, SOAP 1.2", `application/soap+xml; action="charset=utf-8"; charset=utf-16`, spoken(shapes[0].text, "1.2", "21"), malformed, ""},
		{"two charsets named", "text/xml; charset=utf-8; charset=utf-16", honest, saidSE1, honest},
		{"UTF-7 named", "text/xml; charset=utf-7", honest, saidSE1, honest},
		{"UTF-7 named and used", "text/xml; charset=utf-7", strings.NewReplacer("<", "+ADw-", ">", "+AD4-").Replace(honest), malformed, ""},
		{"UTF-7 declared, named UTF-8", utf8Type, declared("utf-7") + strings.Replace(honest, "<e:Body>", "+ADw-!--<e:Body>", 1), malformed, ""},
		{"UTF-7 declared", none, declared("utf-7") + honest, malformed, ""},
		{"UTF-7 mark", none, "+/v8-" + honest, malformed, ""},
		{"overlong in two bytes", utf8Type, strings.Replace(honest, "<e:Header>", "\xc0\xbce:Header>", 1), malformed, ""},
		{"overlong NUL", utf8Type, with("\xc0\x80"), malformed, ""},
		{"overlong in three bytes", utf8Type, with("\xe0\x80\xbc"), malformed, ""},
		{"overlong in four bytes", utf8Type, with("\xf0\x80\x80\xbc"), malformed, ""},
		{"beyond Unicode", utf8Type, with("\xf4\x90\x80\x80"), malformed, ""},
		{"five bytes", utf8Type, with("\xf8\x88\x80\x80\x80"), malformed, ""},
		{"surrogates in UTF-8", utf8Type, with("\xed\xa0\x80\xed\xb0\x80"), malformed, ""},
		{"U+FFFE", utf8Type, with("\uFFFE"), malformed, ""},
		{"a sequence that is cut off", utf8Type, with("\xe2\x82"), malformed, ""},
		{"a lone continuation", utf8Type, with("\x80"), malformed, ""},
		{"NUL", utf8Type, with("\x00"), malformed, ""},
		{"a lone high surrogate", "text/xml; charset=utf-16be", strings.Replace(utf16(honest), "\x00S\x00E", "\x00S\xd8\x00\x00E", 1), malformed, ""},
		{"a lone low surrogate", "text/xml; charset=utf-16be", strings.Replace(utf16(honest), "\x00S\x00E", "\x00S\xdc\x00\x00E", 1), malformed, ""},
		{"surrogates in the wrong order", "text/xml; charset=utf-16be", strings.Replace(utf16(honest), "\x00S\x00E", "\x00S\xdc\x00\xd8\x00\x00E", 1), malformed, ""},
		{"half a character", "text/xml; charset=utf-16be", utf16(honest) + "\x00", malformed, ""},
		{"UTF-32 mark", none, "\xff\xfe\x00\x00" + strings.ReplaceAll(little(honest), "\x00", "\x00\x00\x00"), malformed, ""},
		{"UTF-32 named", "text/xml; charset=utf-32be", strings.ReplaceAll(utf16(honest), "\x00", "\x00\x00\x00"), malformed, ""},
		{"EBCDIC", none, "\x4c\xa7\x6e", malformed, ""},
		{"EBCDIC named, ASCII bytes", "text/xml; charset=ibm037", honest, malformed, ""},
		{"EBCDIC declared, ASCII bytes", none, declared("ibm037") + honest, malformed, ""},
		{"shifting charset named", "text/xml; charset=iso-2022-jp", with("\x1b$B\x1b(B"), malformed, ""},
		{"shifting charset declared", none, declared("iso-2022-jp") + honest, malformed, ""},
		{"ASCII declared, other bytes", none, declared("us-ascii") + with("Å"), malformed, ""},
		{"XML 1.1 line break in a name", none, `<?xml version="1.1"?>` + strings.Replace(honest, "<e:Header>", "<e:Header\u0085>", 1), malformed, ""},
		{"XML 1.1 line separator in the address", none, `<?xml version="1.1"?>` + with("\u2028"), malformed, ""},
		{"XML 1.2", none, `<?xml version="1.2"?>` + honest, malformed, ""},
		{"a control character in the declaration", none, "<?xml\x01version='1.0'?>" + honest, malformed, ""},
	} {
		r.try(t, a, test.name, test.contentType, []byte(test.body), test.want, []byte(test.forwarded))
	}
}

// A request that says it is compressed is refused, whatever it holds.
func TestAttackCompression(t *testing.T) {
	a := newAttacks(t, "Compressed requests, bombs among them, honest and false about it")
	r := newReadings(t, "")
	bomb := gzipped(t, []byte(strings.Repeat(" ", 64*mebibyte)))
	for _, test := range []struct{ name, header, body string }{
		{"gzip", "Content-Encoding: gzip\r\n", string(gzipped(t, []byte(honest)))},
		{"gzip, not said", "", string(gzipped(t, []byte(honest)))},
		{"a bomb", "Content-Encoding: gzip\r\n", string(bomb)},
		{"a bomb, not said", "", string(bomb)},
		{"a bomb in a bomb", "Content-Encoding: gzip, gzip\r\n", string(gzipped(t, bomb))},
		{"many bombs in a row", "Content-Encoding: gzip\r\n", strings.Repeat(string(bomb), 20)},
		{"gzip that is none", "Content-Encoding: gzip\r\n", honest},
		{"deflate that is none", "Content-Encoding: deflate\r\n", honest},
		{"another coding behind identity", "Content-Encoding: identity, br\r\n", honest},
		{"another coding in a second header", "Content-Encoding: identity\r\nContent-Encoding: zstd\r\n", honest},
		{"a coding in capitals", "CONTENT-ENCODING: X-GZIP\r\n", honest},
	} {
		r.sendWithin(t, a, test.name, posted(test.header, test.body), false)
	}
	r.sendWithin(t, a, "identity", posted("Content-Encoding: identity\r\n", honest), true)
	r.sendWithin(t, a, "gzip as transfer coding", []byte("POST /vp HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: gzip, chunked\r\n\r\n"+chunk(string(bomb))+"0\r\n\r\n"), false)
	root := mimePart(rootHeader+"\r\nContent-Transfer-Encoding: gzip", string(gzipped(t, []byte(honest)))) + mimeEnd
	r.try(t, a, "gzip as the root's encoding", inMTOM, []byte(root), malformed, nil)
}

func gzipped(t *testing.T, content []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	_, err := w.Write(content)
	must(t, err)
	must(t, w.Close())
	return out.Bytes()
}

// The action never decides anything: not the address, not the contract, not
// whether a call may be made.
func TestAttackSOAPAction(t *testing.T) {
	a := newAttacks(t, "SOAPAction and the action parameter of SOAP 1.2 naming another contract, given twice, with line breaks, quotes, a megabyte")
	r := newReadings(t, "")
	soap12Text := spoken(shapes[0].text, "1.2", "21")
	for name, value := range map[string]string{
		"another contract": otherThing, "another contract, quoted": `"` + otherThing + `:OtherThing"`, "another address": "SE9-21", "nothing": "", "quotes": `"""`,
		"markup": `"<e:Envelope/>"`, "many": strings.Repeat(otherThing+",", 1000), "bytes": "\"\xff\xfe\"",
		"a folded line that looks like a header": "x\r\n x-vp-sender-id: SE0000000000-OTHER",
	} {
		r.sendWithin(t, a, "SOAPAction: "+name, posted("SOAPAction: "+value+"\r\n", honest), true)
		r.sendWithin(t, a, "SOAPAction twice: "+name, posted("SOAPAction: \""+getThing+"\"\r\nsoapaction: "+value+"\r\n", honest), true)
	}
	for name, value := range map[string]string{
		"a megabyte": strings.Repeat("x", mebibyte), "NUL": "a\x00b", "a lone carriage return": "a\rb",
	} {
		r.sendWithin(t, a, "SOAPAction: "+name, posted("SOAPAction: "+value+"\r\n", honest), false)
	}
	for name, parameter := range map[string]string{
		"another contract": `; action="` + otherThing + `"`, "another address": `; action=SE9-21`, "two": `; action="` + getThing + `"; action="` + otherThing + `"`,
	} {
		r.sendWithin(t, a, "action: "+name, []byte(strings.Replace(string(posted("", soap12Text)), "text/xml; charset=UTF-8", "application/soap+xml; charset=UTF-8"+parameter, 1)), true)
	}
}

// What is decided on lies within limits.envelope_head, and the bytes that were
// decided on are the bytes that leave, however they arrive.
func TestAttackScanWindow(t *testing.T) {
	a := newAttacks(t, "Padding that moves the address beyond what is read, requests in single bytes and chunks, other addresses behind the head: the bytes decided on are those that leave, by hash")
	r := newReadings(t, "limits: {envelope_head: 16KiB}\n")
	const window = 16 << 10
	for _, test := range []struct{ name, before, open, close string }{
		{"a comment", "<e:Header>", "<!--", "-->"},
		{"white space", "<e:Header>", "", ""},
		{"an instruction", "<e:Header>", "<?p ", "?>"},
		{"a header", "<r:LogicalAddress", "<q>", "</q>"},
		{"CDATA", "<r:LogicalAddress", "<q><![CDATA[", "]]></q>"},
		{"before the Body", "<e:Body>", "<!--", "-->"},
		{"before the contract", "<c:x", "<!--", "-->"},
		{"in the contract's tag", `xmlns:c=`, `a="`, `" `},
	} {
		padded := func(n int) string {
			return strings.Replace(honest, test.before, test.open+strings.Repeat(" ", n)+test.close+test.before, 1)
		}
		head := func(n int) int { return strings.Index(padded(n), `"/></e:Body>`) + len(`"/>`) }
		fits := window - head(0)
		r.sendWithin(t, a, test.name+", just within", posted("", padded(fits)), true)
		r.sendWithin(t, a, test.name+", one byte beyond", posted("", padded(fits+1)), false)
		r.sendWithin(t, a, test.name+", far beyond", posted("", padded(100*window)), false)
	}

	evil := strings.NewReplacer("SE1", "SE9", getThing, otherThing).Replace(honest)
	payload := `<c:x xmlns:c="` + getThing + `">` + strings.Repeat("<!--"+evil+"-->", 2000) + "</c:x>"
	body := strings.Replace(honest, `<c:x xmlns:c="`+getThing+`"/>`, payload, 1)
	for _, test := range []struct {
		name  string
		chunk int
		send  []lab.SendOption
		body  string
	}{
		{"whole", 0, nil, body},
		{"in chunks", 1000, nil, body},
		{"in chunks of one byte", 1, nil, honest},
		{"in writes of one byte", 0, []lab.SendOption{lab.InPieces(1)}, honest},
		{"in chunks of one byte, in writes of one byte", 1, []lab.SendOption{lab.InPieces(1)}, honest},
	} {
		r.plain.Take()
		request := lab.RawRequest{Method: "POST", Target: "/vp", Header: [][2]string{{"Host", "localhost"}, {"Content-Type", "text/xml; charset=utf-8"}}, Body: []byte(test.body), Chunk: test.chunk}
		answer, err := r.overTLS(r.consumer).Send(t.Context(), request.Bytes(), test.send...)
		must(t, err)
		sum := fnv.New64a()
		_, _ = sum.Write([]byte(test.body))
		seen := r.plain.Take()
		if answer.Status != http.StatusOK || len(seen) != 1 || !strings.HasPrefix(seen[0].URI, saidSE1) || seen[0].Sum != sum.Sum64() || seen[0].Length != int64(len(test.body)) {
			t.Errorf("%s: HTTP %d, the producer saw %d requests", test.name, answer.Status, len(seen))
			continue
		}
		a.count(test.name, harmless)
	}
}
