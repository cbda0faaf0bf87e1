package texts

import (
	"fmt"
	"strings"
	"testing"
	"testing/quick"
)

func TestListKeepsEveryText(t *testing.T) {
	var l List
	var want []string
	for i := range 40_000 {
		want = append(want, fmt.Sprintf("SE0000000000-%d", i))
	}
	want = append(want, "", strings.Repeat("x", blockSize), "", strings.Repeat("y", 3*blockSize), "", strings.Repeat("z", blockSize-1), "a", "bc", "")
	for _, text := range want {
		l.Add([]byte(text))
	}
	if l.Len() != len(want) || len(l.blocks) < 8 {
		t.Fatalf("%d texts in %d blocks", l.Len(), len(l.blocks))
	}
	for i, text := range want {
		if got := l.At(uint32(i)); got != text {
			t.Fatalf("text %d is %.20q, want %.20q", i, got, text)
		}
	}
}

// A Set numbers as a map would, whatever the texts, and also where they clash.
func TestSetIsAMap(t *testing.T) {
	all := hashBits
	defer func() { hashBits = all }()
	for name, bits := range map[string]uint64{"good hash": all, "weak hash": 3, "no hash": 0} {
		t.Run(name, func(t *testing.T) {
			hashBits = bits
			agrees := func(texts [][]byte) bool {
				var s Set
				numbers := make(map[string]uint32)
				for _, text := range append(texts, texts...) {
					want, known := numbers[string(text)]
					if n, ok := s.Find(text); ok != known || ok && n != want {
						t.Errorf("%q is found as %d, %t", text, n, ok)
					}
					if !known {
						want = uint32(len(numbers))
						numbers[string(text)] = want
					}
					if n, isNew := s.Number(text); n != want || isNew == known {
						t.Errorf("%q has number %d, new %t", text, n, isNew)
					}
				}
				for text, n := range numbers {
					if s.At(n) != text {
						t.Errorf("%d is %q, want %q", n, s.At(n), text)
					}
				}
				return s.Len() == len(numbers) && !t.Failed()
			}
			if err := quick.Check(agrees, nil); err != nil {
				t.Error(err)
			}
			if !agrees([][]byte{[]byte("a"), nil, []byte("b"), []byte("ab"), []byte("c"), []byte("d")}) {
				t.Error("it does not agree")
			}
		})
	}
}

func TestFindingAllocatesNothing(t *testing.T) {
	var s Set
	s.Number([]byte("SE0000000000-UNIT1"))
	text := []byte("SE0000000000-UNIT1")
	if n := testing.AllocsPerRun(100, func() {
		if n, ok := s.Find(text); !ok || s.At(n) != string(text) {
			t.Error("not found")
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
