package hsa_test

import (
	"os"
	"path/filepath"
	"testing"

	"rivgate/hsa"
)

var seeds = []string{
	unit(good),
	unit("<hsaUnit><hsaIdentity>A</hsaIdentity><DN>ou=a,o=b</DN><name/></hsaUnit><hsaUnit><hsaIdentity>A</hsaIdentity><DN>o=b</DN><name/></hsaUnit>"),
	unit("<hsaUnit><hsaIdentity>A</hsaIdentity><DN>c</DN><name/></hsaUnit><hsaUnit><hsaIdentity>B</hsaIdentity><DN>b,c</DN><name/></hsaUnit><hsaUnit><hsaIdentity>A</hsaIdentity><DN>a,b,c</DN><name/></hsaUnit>"),
	unit("<hsaUnit><hsaIdentity>SE</hsaIdentity><DN>a,b</DN><name/></hsaUnit><hsaUnit><hsaIdentity>B</hsaIdentity><DN>b</DN><name/></hsaUnit>"),
	"<r><endDate>x</endDate></r>",
	"",
}

func TestSeedsExist(t *testing.T) {
	if len(seeds) == 0 {
		t.Fatal("no seeds")
	}
}

// FuzzLoad: a tree that loads can be climbed from everywhere, no id comes
// twice, the climb follows Parent, and it ends with Root.
func FuzzLoad(f *testing.F) {
	for _, seed := range seeds {
		f.Add([]byte(seed), "A")
	}
	f.Fuzz(func(t *testing.T, content []byte, id string) {
		path := filepath.Join(t.TempDir(), "hsa.xml")
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		tree, _, err := hsa.Load([]string{path}, nil)
		if (err == nil) == (tree == nil) {
			t.Fatalf("tree %v, error %v", tree, err)
		}
		seen := map[string]bool{id: true}
		last := id
		for _, parent := range above(tree, id) {
			if seen[parent] {
				t.Fatalf("climb from %q: %q comes twice", id, parent)
			}
			if parent != tree.Parent(last) && parent != hsa.Root {
				t.Fatalf("climb from %q: %q after %q, whose parent is %q", id, parent, last, tree.Parent(last))
			}
			seen[parent] = true
			last = parent
		}
		if last != hsa.Root {
			t.Fatalf("climb from %q ends with %q", id, last)
		}
	})
}
