package vplog

import (
	"bytes"
	"encoding/json"
)

// deepest is how many objects within one another are looked into.
const deepest = 16

// fields walks over one JSON object and hands out its strings, numbers and truth
// values by dotted name: {"a":{"b":1}} and {"a.b":"1"} are the same, since
// collectors write either. Lists are passed over. It tells whether data is an
// object with nothing after it; what was handed out before a mistake stands.
//
// A log is gigabytes of values that nobody asks for. encoding/json looks at each
// of their bytes several times; this jumps from quote to quote.
func fields(data []byte, each func(name, value []byte)) bool {
	s := scan{data: data, each: each}
	s.space()
	if !s.object(deepest) {
		return false
	}
	s.space()
	return s.at == len(s.data)
}

type scan struct {
	data []byte
	at   int
	name []byte // of the value being read
	each func(name, value []byte)
}

func (s *scan) space() {
	for s.at < len(s.data) {
		switch s.data[s.at] {
		case ' ', '\t', '\r', '\n':
			s.at++
		default:
			return
		}
	}
}

// next tells whether the next byte is c, and steps over it and the space around.
func (s *scan) next(c byte) bool {
	s.space()
	if s.at >= len(s.data) || s.data[s.at] != c {
		return false
	}
	s.at++
	s.space()
	return true
}

func (s *scan) object(deeper int) bool {
	if deeper == 0 || !s.next('{') {
		return false
	}
	if s.next('}') {
		return true
	}
	outer := len(s.name)
	for {
		key, escaped, ok := s.text()
		if !ok || !s.next(':') {
			return false
		}
		if escaped {
			key = unescaped(key)
		}
		s.name = append(s.name[:outer], key...)
		if !s.value(deeper) {
			return false
		}
		s.name = s.name[:outer]
		if s.next('}') {
			return true
		}
		if !s.next(',') {
			return false
		}
	}
}

func (s *scan) value(deeper int) bool {
	if s.at >= len(s.data) {
		return false
	}
	switch s.data[s.at] {
	case '"':
		value, escaped, ok := s.text()
		if ok && escaped && wanted(s.name) {
			value = unescaped(value)
		}
		if ok {
			s.each(s.name, value)
		}
		return ok
	case '{':
		s.name = append(s.name, '.')
		return s.object(deeper - 1)
	case '[':
		return s.list()
	}
	start := s.at
	for s.at < len(s.data) && bytes.IndexByte([]byte(",}] \t\r\n"), s.data[s.at]) < 0 {
		s.at++
	}
	value := s.data[start:s.at]
	if !json.Valid(value) {
		return false
	}
	if string(value) != "null" {
		s.each(s.name, value)
	}
	return true
}

// text steps over a string and gives what is between its quotes.
func (s *scan) text() (value []byte, escaped, ok bool) {
	if s.at >= len(s.data) || s.data[s.at] != '"' {
		return nil, false, false
	}
	s.at++
	start := s.at
	for {
		end := bytes.IndexByte(s.data[s.at:], '"')
		if end < 0 {
			return nil, false, false
		}
		s.at += end + 1
		slashes := 0
		for i := s.at - 2; i >= start && s.data[i] == '\\'; i-- {
			slashes++
		}
		if slashes%2 == 0 {
			value = s.data[start : s.at-1]
			return value, bytes.IndexByte(value, '\\') >= 0, true
		}
	}
}

// list steps over a list, by its brackets outside strings.
func (s *scan) list() bool {
	for open := 0; s.at < len(s.data); {
		switch s.data[s.at] {
		case '"':
			if _, _, ok := s.text(); !ok {
				return false
			}
			continue
		case '[', '{':
			open++
		case ']', '}':
			open--
		}
		s.at++
		if open == 0 {
			return true
		}
	}
	return false
}

// unescaped is a string's value; what is no string stays as it is.
func unescaped(raw []byte) []byte {
	var value string
	quoted := append(append([]byte{'"'}, raw...), '"')
	if json.Unmarshal(quoted, &value) != nil {
		return raw
	}
	return []byte(value)
}

// wanted tells whether a value's own spelling matters: most that hold escapes
// are messages and headers, which nobody reads.
func wanted(name []byte) bool {
	return !bytes.HasPrefix(name, []byte("http.")) && !bytes.HasPrefix(name, []byte("error."))
}
