package audit

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"rivgate/record"
)

// chainOf is a chain of n lines of several kinds, and its head.
func chainOf(n int) (text []byte, last head) {
	last = beginning
	for i := range n {
		e := callEntry(answered())
		switch i % 4 {
		case 1:
			e = callEntry(refused())
		case 2:
			e = entry{at: e.at, kind: kindAdmin, sender: "127.0.0.1:50000", outcome: "reload: ok"}
		case 3:
			e = entry{at: e.at, kind: kindCheckpoint, outcome: "3 lines"}
		}
		e.correlation = fmt.Sprint("é\n", i)
		text = last.append(text, e.appendTo(nil))
	}
	return text, last
}

// problemsIn verifies contents as the files of a chain.
func problemsIn(t testing.TB, after, expected string, contents ...[]byte) (problems []string, summaries []Summary) {
	t.Helper()
	v, err := NewVerifier(after, expected, func(p Problem) { problems = append(problems, p.String()) })
	if err != nil {
		t.Fatal(err)
	}
	for i, content := range contents {
		s, err := v.File(fmt.Sprint("f", i), bytes.NewReader(content))
		if err != nil {
			t.Fatal(err)
		}
		summaries = append(summaries, s)
	}
	v.End("end")
	return problems, summaries
}

func TestWholeChain(t *testing.T) {
	text, last := chainOf(8)
	problems, summaries := problemsIn(t, "", last.hash.String(), text)
	want := Summary{Lines: 8, First: 1, Last: 8, Head: last.hash.String(), Checkpoints: 2}
	if len(problems) > 0 || summaries[0] != want {
		t.Errorf("%v, %+v", problems, summaries)
	}
	lines := bytes.SplitAfter(text, []byte("\n"))
	problems, summaries = problemsIn(t, "", last.hash.String(), bytes.Join(lines[:3], nil), nil, bytes.Join(lines[3:], nil))
	if len(problems) > 0 || summaries[1].Lines != 0 || summaries[2].First != 4 {
		t.Errorf("in three files: %v, %+v", problems, summaries)
	}
	_, before := chainOf(3)
	problems, _ = problemsIn(t, before.hash.String(), "", bytes.Join(lines[3:], nil))
	if len(problems) > 0 {
		t.Errorf("taken up in the middle: %v", problems)
	}
}

// Every byte of every line counts, its line break too.
func TestEveryChangedByteIsFound(t *testing.T) {
	text, _ := chainOf(5)
	changed := make([]byte, len(text))
	for i := range text {
		for _, mask := range []byte{1, 2, 4, 8, 0x10, 0x20, 0x40, 0x80, text[i], text[i] ^ '\n', text[i] ^ '"', text[i] ^ '\\'} {
			if mask == 0 {
				continue
			}
			copy(changed, text)
			changed[i] ^= mask
			if problems, _ := problemsIn(t, "", "", changed); len(problems) == 0 {
				t.Fatalf("byte %d: %q instead of %q is not found", i, changed[i], text[i])
			}
		}
	}
}

func TestEveryMovedOrRemovedLineIsFound(t *testing.T) {
	const n = 6
	text, last := chainOf(n)
	lines := bytes.SplitAfter(text, []byte("\n"))[:n]
	try := func(what string, lines [][]byte, expected string) {
		t.Helper()
		if problems, _ := problemsIn(t, "", expected, bytes.Join(lines, nil)); len(problems) == 0 {
			t.Errorf("%s is not found", what)
		}
	}
	for i := range n {
		expected := ""
		if i == n-1 {
			expected = last.hash.String() // nothing else can tell
		}
		try(fmt.Sprintf("line %d removed", i+1), slices.Delete(slices.Clone(lines), i, i+1), expected)
		try(fmt.Sprintf("line %d emptied", i+1), slices.Concat(lines[:i], [][]byte{[]byte("\n")}, lines[i+1:]), "")
		try(fmt.Sprintf("line %d without its end", i+1), slices.Concat(lines[:i], [][]byte{lines[i][:len(lines[i])-1]}, lines[i+1:]), "")
		for j := range n {
			try(fmt.Sprintf("line %d again after %d", i+1, j+1), slices.Insert(slices.Clone(lines), j+1, lines[i]), "")
			if i < j {
				swapped := slices.Clone(lines)
				swapped[i], swapped[j] = swapped[j], swapped[i]
				try(fmt.Sprintf("lines %d and %d swapped", i+1, j+1), swapped, "")
			}
		}
		// A line whose own hash is right, made by somebody else.
		other, forged := callEntry(refused()), head{uint64(i), genesis}
		inserted := slices.Insert(slices.Clone(lines), i, forged.append(nil, other.appendTo(nil)))
		if i > 0 {
			try(fmt.Sprintf("a line inserted before %d", i+1), inserted, "")
			replaced := slices.Clone(lines)
			replaced[i] = inserted[i]
			try(fmt.Sprintf("line %d made anew", i+1), replaced, last.hash.String())
		}
	}
	file := func(from, to int) []byte { return bytes.Join(lines[from:to], nil) }
	for name, files := range map[string][][]byte{
		"files mixed up":               {file(0, 2), file(4, 6), file(2, 4)},
		"the first file missing":       {file(2, 4), file(4, 6)},
		"a file in the middle missing": {file(0, 2), file(4, 6)},
		"a file given twice":           {file(0, 2), file(0, 2), file(2, 6)},
		"nothing":                      {nil},
	} {
		if problems, _ := problemsIn(t, "", "", files...); len(problems) == 0 {
			t.Errorf("%s is not found", name)
		}
	}
}

// What is told is where it is and what it is, once.
func TestWhatVerifySays(t *testing.T) {
	text, last := chainOf(5)
	lines := bytes.SplitAfter(text, []byte("\n"))[:5]
	changed := bytes.Replace(lines[2], []byte("reload: ok"), []byte("reload: OK"), 1)
	long := slices.Concat([]byte(`{"seq":`), bytes.Repeat([]byte("1"), 3*maxLine), []byte("\n"))
	for _, test := range []struct {
		name     string
		lines    [][]byte
		expected string
		want     []string
	}{
		{"changed", [][]byte{lines[0], lines[1], changed, lines[3], lines[4]}, "", []string{"f0:3: changed: the hash is not the line's"}},
		{"removed", [][]byte{lines[0], lines[3], lines[4]}, "", []string{"f0:2: moved, or lines before it removed: seq 4 after 1"}},
		{"first removed", lines[1:], "", []string{"f0:1: the chain begins with seq 2: what was before is missing"}},
		{"repeated", [][]byte{lines[0], lines[1], lines[1], lines[2]}, "", []string{"f0:3: moved or repeated: seq 2 after 2"}},
		{"torn", [][]byte{lines[0], lines[1][:99]}, "", []string{"f0:2: torn: the last line has no end"}},
		{"long", [][]byte{lines[0], long, lines[1]}, "", []string{"f0:2: not a line of an audit log: it is longer than any"}},
		{"foreign", [][]byte{lines[0], []byte("{}\n"), lines[1]}, "", []string{"f0:2: not a line of an audit log: it has not the form of a line"}},
		{"empty", nil, "", []string{"end: there is no line"}},
		{"last removed", lines[:4], last.hash.String(), []string{
			"end: lines were removed or added at the end: the head is " + string(hashIn(lines[3])) + ", want " + last.hash.String(),
		}},
	} {
		problems, _ := problemsIn(t, "", test.expected, bytes.Join(test.lines, nil))
		if !slices.Equal(problems, test.want) {
			t.Errorf("%s: got %q, want %q", test.name, problems, test.want)
		}
	}
	if _, err := NewVerifier("", strings.ToUpper(last.hash.String()), nil); err == nil {
		t.Error("a hash in capitals is taken")
	}
}

// hashIn is the hash at the end of a line.
func hashIn(line []byte) []byte {
	return line[len(line)-len(afterHash)-hashWidth : len(line)-len(afterHash)]
}

// The page's example is what is written, and its hash is made as it says.
func TestPageShowsALine(t *testing.T) {
	page, err := os.ReadFile("../../docs/audit.md")
	if err != nil {
		t.Fatal(err)
	}
	first := note(kindStart, "rivgate 1.0")
	first.at = answered().Start
	last, call := beginning, callEntry(refused())
	text := last.append(nil, first.appendTo(nil))
	text = last.append(text, call.appendTo(nil))
	if !bytes.Contains(page, append(append([]byte("```json\n"), text...), "```\n"...)) {
		t.Errorf("the page does not show\n%s", text)
	}
	for line := range bytes.Lines(text) {
		hashed := append(bytes.Clone(line[:len(line)-len(beforeHash)-hashWidth-len(afterHash)]), '}')
		sum := sha256.Sum256(hashed)
		if !json.Valid(hashed) || hex.EncodeToString(sum[:]) != string(hashIn(line)) {
			t.Errorf("the hash of %s is not that of %s", line, hashed)
		}
	}
	for _, k := range []kind{kindCall, kindAdmin, kindStart, kindStop, kindCheckpoint, kindRotate, kindRecovered, kindGap} {
		if !bytes.Contains(page, []byte("\n| `"+k+"` |")) {
			t.Errorf("the page has no row for %s", k)
		}
	}
}

// written is a line as other programs read it.
type written struct {
	Seq                                                                      uint64
	Time                                                                     time.Time
	Prev, Kind                                                               string
	Sender, Original, Contract, Receiver, Target, Outcome, Code, Correlation string
	Hash                                                                     string
}

func readLine(t testing.TB, line []byte) (w written) {
	t.Helper()
	decoder := json.NewDecoder(bytes.NewReader(line))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&w); err != nil {
		t.Fatalf("%v in %q", err, line)
	}
	return w
}

// Whatever callers send is one line, of bounded length, which reads as what was
// sent, or as its beginning.
func TestHostileTextIsOneLine(t *testing.T) {
	for _, text := range []string{
		"a\nb", "\r\n{\"seq\":1", `","hash":"`, "\x00\x1b[2J\u202e\u2028", "\xff\xfe", strings.Repeat("\x01", 3<<20), strings.Repeat("å", 1000),
	} {
		c := answered()
		c.Sender, c.OriginalConsumer, c.Contract, c.Receiver = text, text, text, text
		c.Target, c.CorrelationID, c.Outcome = text, text, record.Outcome(text)
		last, e := beginning, callEntry(c)
		line := last.append(nil, e.appendTo(nil))
		if len(line) > maxLine || bytes.Count(line, []byte("\n")) != 1 {
			t.Fatalf("%d bytes, %d line breaks", len(line), bytes.Count(line, []byte("\n")))
		}
		if problems, _ := problemsIn(t, "", "", line); len(problems) > 0 {
			t.Fatal(problems)
		}
		w, want := readLine(t, line), strings.ToValidUTF8(text, "�")
		if strings.HasPrefix(text, "\xff") {
			want = "��"
		}
		for _, got := range []string{w.Sender, w.Original, w.Contract, w.Receiver, w.Target, w.Correlation, w.Outcome} {
			if clipped, cut := strings.CutSuffix(got, "…"); got != want && (!cut || !strings.HasPrefix(want, clipped)) {
				t.Errorf("%.40q became %.40q", text, got)
			}
		}
	}
}

// What is taken for a line is JSON with the members of a line, to any reader;
// and any text makes a line that verifies.
func FuzzVerify(f *testing.F) {
	text, _ := chainOf(4)
	f.Add(text)
	for line := range bytes.Lines(text) {
		f.Add(line)
		f.Add(line[:len(line)/2])
	}
	f.Add([]byte("\n\n"))
	f.Add([]byte(`{"seq":1,"time":"`))
	f.Fuzz(func(t *testing.T, data []byte) {
		_, summaries := problemsIn(t, "", "", data)
		read := 0
		for line := range bytes.Lines(data) {
			p, err := parse(line)
			if err != nil {
				continue
			}
			read++
			if w := readLine(t, line); w.Seq != p.seq || w.Prev != p.prev.String() || w.Hash != p.hash.String() {
				t.Errorf("%q reads otherwise elsewhere", line)
			}
		}
		if read != summaries[0].Lines {
			t.Errorf("%d lines of %d", summaries[0].Lines, read)
		}
		e := entry{at: answered().Start, kind: kindCall, sender: string(data), correlation: string(data)}
		last := beginning
		line := last.append(nil, e.appendTo(nil))
		if problems, _ := problemsIn(t, "", last.hash.String(), line); len(problems) > 0 {
			t.Errorf("%q: %v", line, problems)
		}
		if w := readLine(t, line); w.Sender != w.Correlation || len(data) <= 1024 && utf8.Valid(data) && w.Sender != string(data) {
			t.Errorf("%q became %q", data, w.Sender)
		}
	})
}
