package record

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"
)

// texts are strings that have broken logs.
var texts = []string{
	"", "plain", "åäö €", `quote " and \ backslash`, "line\nbreak\r\n", "tab\tnul\x00bell\a", "\x1b[31mred\x1b[0m",
	"C1 \u009b31m", "\x7f", "invalid \xff\xfe utf-8 \xc3", "cut \xe2\x82", "\ufeffmark", "sep \u2028 par \u2029", "bidi \u202etxt\u202c \u2066x",
	"\U0001F600", "\uFFFD", "\xed\xa0\x80", strings.Repeat("å", 2000), `{"level":"ERROR"}`,
}

func FuzzAppendJSON(f *testing.F) {
	for _, text := range texts {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		reference, err := json.Marshal(text)
		if err != nil {
			t.Fatal(err)
		}
		var want, got string
		if err := json.Unmarshal(reference, &want); err != nil {
			t.Fatal(err)
		}
		quoted := append(appendJSON([]byte{'"'}, text), '"')
		if err := json.Unmarshal(quoted, &got); err != nil {
			t.Fatalf("%q: %v", quoted, err)
		}
		if got != want {
			t.Errorf("%q is read as %q, want %q", quoted, got, want)
		}
		if again := append(appendJSON([]byte{'"'}, []byte(text)), '"'); string(again) != string(quoted) {
			t.Errorf("as bytes %q, as string %q", again, quoted)
		}
		for _, line := range [][]byte{quoted, appendPlain(nil, text)} {
			if !utf8.Valid(line) {
				t.Errorf("%q is no UTF-8", line)
			}
			if strings.ContainsFunc(string(line), hidden) {
				t.Errorf("%q holds a hidden character", line)
			}
		}
	})
}

func TestSeedsOfFuzzAppendJSON(t *testing.T) {
	if len(texts) != 19 {
		t.Errorf("%d seeds, want 19", len(texts))
	}
}

func TestClipCutsBetweenCharacters(t *testing.T) {
	for _, test := range []struct {
		name, text, want string
		limit            int
		cut              bool
	}{
		{"short", "abc", "abc", 3, false},
		{"long", "abcd", "abc", 3, true},
		{"inside a character", "abå", "ab", 3, true},
		{"no whole character", "€", "", 2, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got, cut := clip(test.text, test.limit); got != test.want || cut != test.cut {
				t.Errorf("%q %t, want %q %t", got, cut, test.want, test.cut)
			}
		})
	}
}

func TestAnnouncedLength(t *testing.T) {
	for _, test := range []struct {
		value string
		want  int64
	}{{"305", 305}, {"0", 0}, {"", -1}, {"-1", -1}, {"3 5", -1}, {"9999999999999999999999", -1}} {
		if got := announced(map[string][]string{"Content-Length": {test.value}}); got != test.want {
			t.Errorf("%q is %d, want %d", test.value, got, test.want)
		}
	}
	if got := announced(nil); got != -1 {
		t.Errorf("nothing announced is %d, want -1", got)
	}
}
