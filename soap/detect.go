package soap

import (
	"bytes"
	"io"
	"strings"
)

// openCharset finds out which charset the request is in, label being what its
// Content-Type says, and makes Head and what follows UTF-8. Told is true if
// the label decided. With a label the XML declaration is not asked, as in VP;
// a byte order mark that contradicts it is an error.
func (m *Message) openCharset(label string, lim Limits) (told bool, err error) {
	if err := m.atLeast(4, lim); err != nil {
		return false, err
	}
	found, size := mark(m.Head)
	if cs, known := lookupCharset(label); known {
		if size > 0 && !cs.agrees(found) {
			return true, unreadable("Byte order mark of %s contradicts the charset %s of Content-Type", found.name, label)
		}
		m.open(cs, label)
		return true, nil
	}
	if label != "" {
		return true, nil
	}
	if size == 0 {
		found = pattern(m.Head)
	}
	cs, err := m.declaredCharset(found, size > 0, lim)
	if err != nil {
		return false, err
	}
	m.open(cs, cs.name)
	return false, nil
}

// checkCharsets12 refuses a Content-Type of SOAP 1.2, which the request keeps,
// if readers could take it to name different charsets.
func checkCharsets12(contentType string) error {
	if mediaType(contentType) != soap12ContentType || !disputed(contentType, "charset") {
		return nil
	}
	for label := range charsetsNamed(contentType) {
		if !SameCharset(label, UTF8) {
			return unreadable("The charset of Content-Type can be read in more than one way")
		}
	}
	return nil
}

// atLeast reads until Head holds n bytes, is full or the request has ended.
func (m *Message) atLeast(n int, lim Limits) error {
	for len(m.Head) < n && !m.ended && !m.full(lim) {
		m.more(lim.Head)
	}
	if len(m.Head) == 0 {
		return m.failure
	}
	return nil
}

// open reads what follows as cs. The label is what the answer must carry.
func (m *Message) open(cs charset, label string) {
	if cs.isUTF8() {
		if !strings.HasPrefix(strings.ToUpper(label), UTF8) {
			m.Charset = label
		}
		return
	}
	m.Charset = label
	m.Transcoded = true
	raw := bytes.NewReader(m.Head)
	switch {
	case m.failure != nil:
		m.src = decoded(io.MultiReader(raw, failing{m.failure}), cs)
	case m.ended:
		m.src = decoded(raw, cs)
	default:
		m.src = decoded(io.MultiReader(raw, m.src), cs)
	}
	m.Head, m.ended, m.failure = nil, false, nil
}

// declaredCharset is the charset of a request that by its first bytes is in
// found: found itself, or what the XML declaration says. Marked tells that
// a byte order mark, not a lack of anything else, speaks for found.
func (m *Message) declaredCharset(found charset, marked bool, lim Limits) (charset, error) {
	if found.wide() {
		m.found = found
		return found, nil
	}
	for {
		s := scanner{text: m.Head, final: m.ended}
		err := s.begin(false)
		if err == errShort && !m.full(lim) && !m.ended {
			m.more(lim.Head)
			continue
		}
		if err != nil || s.encoding.End == 0 {
			return found, nil //nolint:nilerr // what is wrong will be found by the scan
		}
		return s.declaredNarrow(marked)
	}
}

// declaredNarrow is the charset the XML declaration of 8-bit bytes names.
func (s *scanner) declaredNarrow(marked bool) (charset, error) {
	label := string(s.text[s.encoding.Start:s.encoding.End])
	cs, known := lookupCharset(label)
	switch {
	case !known:
		return charset{}, s.fail(s.pos, "Unsupported encoding '%s' in xml declaration", label)
	case cs.wide():
		return charset{}, s.fail(s.pos, "Declared encoding '%s' uses 2 bytes per character; but physical encoding appeared to use 1; cannot decode", cs.name)
	case !cs.readsASCII(), marked && !cs.isUTF8():
		return charset{}, s.fail(s.pos, "Declared encoding '%s' contradicts the bytes of the document; cannot decode", cs.name)
	}
	return cs, nil
}

// checkDeclared compares the encoding in the XML declaration with what is
// known better: that the bytes are UTF-16, or that a root part must be UTF-8.
func (m *Message) checkDeclared(s *scanner) error {
	if s.encoding.End == 0 || !m.Multipart && !m.found.wide() {
		return nil
	}
	label := string(s.text[s.encoding.Start:s.encoding.End])
	if m.Multipart {
		return checkRootCharset(label)
	}
	if cs, known := lookupCharset(label); !known || !cs.agrees(m.found) {
		return s.fail(s.pos, "Declared encoding '%s' contradicts the bytes of the document, which are %s; cannot decode", label, m.found.name)
	}
	return nil
}

// checkOverruled looks at a declared encoding that the Content-Type overruled.
// The bytes leave with it, so a reader that goes by it must find the same: it
// must be one that is known, and what decides must be ASCII if it is not UTF-8.
func (s *scanner) checkOverruled(env *Envelope) error {
	declared := s.text[s.encoding.Start:s.encoding.End]
	if len(declared) == 0 || string(declared) == UTF8 {
		return nil
	}
	label := string(declared)
	cs, known := lookupCharset(label)
	if known && (cs.isUTF8() || env.isASCII()) {
		return nil
	}
	return unreadable("Declared encoding '%s' contradicts the charset of Content-Type", label)
}
