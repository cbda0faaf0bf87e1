package soap

import (
	"bytes"
	"strings"

	"rivgate/fault"
)

// noRootPart is VP's detail for a multipart request without an envelope.
const noRootPart = "Inkommande begäran är ej korrekt utformat och kan därför inte behandlas."

// longestBoundary is what RFC 2046, section 5.1.1, allows.
const longestBoundary = 70

// isMultipartRequest tells whether the envelope is the root part of a
// multipart request (RFC 2387), with XOP (MTOM) or plain attachments.
func isMultipartRequest(contentType string) bool {
	media := mediaType(contentType)
	if media == "multipart/related" {
		return true
	}
	// As in VP any type that names XOP is taken for MTOM.
	return strings.Contains(strings.ToLower(contentType), xopContentType) && parameter(contentType, "boundary") != ""
}

// readRoot finds the root part and scans it where it stands.
func (m *Message) readRoot(contentType string, lim Limits) error {
	for _, name := range []string{"boundary", "start"} {
		if disputed(contentType, name) || !plainParameter(contentType, name) {
			return unreadable("Parameter %s of Content-Type can be read in more than one way", name)
		}
	}
	if err := checkRootCharsets(contentType); err != nil {
		return err
	}
	boundary := parameter(contentType, "boundary")
	start := contentID(parameter(contentType, "start"))
	if boundary == "" || len(boundary) > longestBoundary || len(start) > longestLine/2 {
		return fault.New(fault.VP015, noRootPart)
	}
	root := rootPart{delimiter: []byte("--" + boundary), start: start}
	if err := m.scan(lim, true, root.document); err != nil {
		return err
	}
	return m.watch(root)
}

// rootPart finds the root of a multipart body.
type rootPart struct {
	delimiter []byte
	start     string // Content-ID of the root, empty for the first part
}

// document is the root part's content: see the type document.
func (r rootPart) document(head []byte, ended bool) (start int, text []byte, final bool, err error) {
	part, err := r.find(head, ended)
	if err != nil {
		return 0, nil, false, err
	}
	if err := part.readable(); err != nil {
		return 0, nil, false, err
	}
	// Whatever begins like a delimiter ends the part for some reader, so it
	// ends it here too.
	content := head[part.content:]
	end := r.line(content, 0)
	if end < 0 && ended {
		return part.content, content, true, nil
	}
	if end < 0 {
		return part.content, content[:len(content)-r.begun(content)], false, nil
	}
	complete := ended || end+len(r.delimiter) < len(content)
	return part.content, trimLine(content[:end]), complete, nil
}

// find is the root part's header and where its content starts.
func (r rootPart) find(head []byte, ended bool) (partHeader, error) {
	for p := 0; ; {
		start, found := r.next(head, p)
		if !found {
			return partHeader{}, missing(ended)
		}
		line := lineEnd(head, start)
		if line < 0 || isClosing(head[start:line], r.delimiter) {
			return partHeader{}, missing(ended || line >= 0)
		}
		part, whole := readPartHeader(head, line)
		if !whole {
			return partHeader{}, missing(ended)
		}
		switch id := contentID(part.id); {
		case r.start == "" || id == r.start:
			return part, nil
		case strings.EqualFold(id, r.start):
			return partHeader{}, r.another()
		}
		p = part.content
	}
}

// another is the error of a second part that some reader takes for the root.
func (r rootPart) another() error {
	return unreadable("More than one part has the Content-ID <%s> of the root part", r.start)
}

// missing is the error of a root part that is not there (yet).
func missing(ended bool) error {
	if !ended {
		return errShort
	}
	return fault.New(fault.VP015, noRootPart)
}

// next is where the next delimiter line starts, from p on.
func (r rootPart) next(body []byte, p int) (start int, found bool) {
	for {
		start = r.line(body, p)
		if start < 0 {
			return 0, false
		}
		p = start + len(r.delimiter)
		if isDelimiterRest(body[p:]) {
			return start, true
		}
	}
}

// line is where the next line that begins with the delimiter starts, from p
// on, or -1. Line breaks of LF alone are taken too.
func (r rootPart) line(body []byte, p int) int {
	for {
		i := bytes.Index(body[p:], r.delimiter)
		if i < 0 {
			return -1
		}
		if p += i; p == 0 || body[p-1] == '\n' {
			return p
		}
		p++
	}
}

// begun is how much at the end of content may become a line that begins with the
// delimiter. Until that is known it is no content: what comes of a request does not
// depend on how its bytes arrive.
func (r rootPart) begun(content []byte) int {
	line := content[bytes.LastIndexByte(content, '\n')+1:]
	if len(line) < len(r.delimiter) && bytes.HasPrefix(r.delimiter, line) {
		return len(line)
	}
	return 0
}

// isDelimiterRest tells whether rest may follow a boundary in its line: two
// hyphens, white space, the line's end, or the end of what there is.
func isDelimiterRest(rest []byte) bool {
	rest = bytes.TrimPrefix(rest, []byte("--"))
	rest = bytes.TrimLeft(rest, " \t")
	return len(rest) == 0 || rest[0] == '\n' || rest[0] == '\r'
}

func isClosing(line, delimiter []byte) bool {
	return bytes.HasPrefix(line[len(delimiter):], []byte("--"))
}

// partHeader is the header of a part.
type partHeader struct {
	id, contentType, encoding string
	repeated                  string // a field that was given twice
	spaced                    bool   // white space before a colon, which not all readers put up with
	content                   int    // where the content starts
}

// readPartHeader reads header lines from p on; whole is false if the empty
// line that ends them is not there.
func readPartHeader(body []byte, p int) (part partHeader, whole bool) {
	var field []byte
	for {
		end := lineEnd(body, p)
		if end < 0 {
			return part, false
		}
		line := bytes.TrimRight(body[p:end], "\r\n")
		p = end
		if len(line) > 0 && (line[0] == ' ' || line[0] == '\t') {
			field = append(field, line...) // folded
			continue
		}
		part.set(string(field))
		if len(line) == 0 {
			part.content = p
			return part, true
		}
		field = append(field[:0], line...)
	}
}

// set notes a header field.
func (h *partHeader) set(field string) {
	name, value, _ := strings.Cut(field, ":")
	var target *string
	h.spaced = h.spaced || strings.TrimRight(name, " \t") != name
	switch strings.ToLower(strings.TrimSpace(name)) {
	case "content-id":
		target = &h.id
	case "content-type":
		target = &h.contentType
	case "content-transfer-encoding":
		target = &h.encoding
	default:
		return
	}
	if *target != "" {
		h.repeated = name
	}
	*target = strings.TrimSpace(value)
}

// readable refuses a root part that cannot be scanned where it stands.
func (h *partHeader) readable() error {
	if h.repeated != "" {
		return unreadable("The root part has more than one %s", h.repeated)
	}
	if h.spaced {
		return unreadable("White space before a colon in the header of the root part")
	}
	switch strings.ToLower(h.encoding) {
	case "", "7bit", "8bit", "binary":
	default:
		return unreadable("Content-Transfer-Encoding %s of the root part is not supported", h.encoding)
	}
	return checkRootCharsets(h.contentType)
}

// checkRootCharsets is checkRootCharset of whatever charset is named.
func checkRootCharsets(contentType string) error {
	for label := range charsetsNamed(contentType) {
		if err := checkRootCharset(label); err != nil {
			return err
		}
	}
	return nil
}

// checkRootCharset refuses a root part in any charset but UTF-8, of which
// ASCII is a part. One that nobody knows here is refused too: unlike elsewhere
// the label goes on as it is, and the producer may know it.
func checkRootCharset(label string) error {
	if cs, known := lookupCharset(label); !known || !cs.isUTF8() && cs.kind != asciiCharset {
		return unreadable("Charset %s of the root part is not supported, only UTF-8", label)
	}
	return nil
}

// contentID is a Content-ID without angle brackets.
func contentID(id string) string {
	id = strings.TrimSpace(id)
	if strings.HasPrefix(id, "<") && strings.HasSuffix(id, ">") {
		return id[1 : len(id)-1]
	}
	return id
}

// lineEnd is the offset behind the line that holds p, or -1 if its line feed
// is not there.
func lineEnd(body []byte, p int) int {
	i := bytes.IndexByte(body[p:], '\n')
	if i < 0 {
		return -1
	}
	return p + i + 1
}

// trimLine drops the line break that belongs to the delimiter behind text.
func trimLine(text []byte) []byte {
	return bytes.TrimSuffix(bytes.TrimSuffix(text, []byte("\n")), []byte("\r"))
}
