package soap

import (
	"bytes"
	"testing"
	"unicode/utf8"
)

// What is read in fewer steps reads the same as what takes every step.

func TestPlainIsASCIIWithoutDEL(t *testing.T) {
	for length := range 20 {
		text := bytes.Repeat([]byte("x"), length)
		if !isPlain(text) {
			t.Errorf("%q is not plain", text)
		}
		for at := range text {
			for c := range 256 {
				text[at] = byte(c)
				if got, want := isPlain(text), c < 0x7F; got != want {
					t.Errorf("%q is plain: %t", text, got)
				}
			}
			text[at] = 'x'
		}
	}
}

func TestResolvesWithoutCopyOnlyWhatNeedsNone(t *testing.T) {
	const alphabet = "ab \t\r\n"
	texts := [][]byte{nil}
	for range 4 {
		for _, text := range texts {
			for _, c := range []byte(alphabet) {
				texts = append(texts, append(bytes.Clone(text), c))
			}
		}
	}
	for _, text := range texts {
		for _, lineBreak := range []byte(" \n") {
			if got, want := resolve(text, lineBreak), appendLines(nil, text, lineBreak); !bytes.Equal(got, want) {
				t.Fatalf("%q is resolved to %q, want %q", text, got, want)
			}
		}
	}
}

func TestNamesByTableAreNames(t *testing.T) {
	for c := range rune(256) {
		if got, want := asciiNames[c], c < utf8.RuneSelf && isNameChar(c); got != want {
			t.Errorf("%q is of names: %t", c, got)
		}
	}
	if asciiNames[':'] || asciiNames[' '] || !asciiNames['_'] || !asciiNames['9'] {
		t.Error("the table says what no name is")
	}
}
