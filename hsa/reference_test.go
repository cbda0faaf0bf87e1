package hsa_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"rivgate/hsa"
)

// A tree by numbers is the tree that a map of strings would be: whatever files say
// of ids that several units have, of names that later files give anew, and of circles.
func TestTreeIsAPlainReading(t *testing.T) {
	circles, deep := 0, 0
	for seed := range uint64(150) {
		random := rand.New(rand.NewPCG(seed, 2))
		files, ids := randomFiles(random)
		var paths []string
		for _, units := range files {
			paths = append(paths, file(t, units...))
		}
		tree, _ := load(t, paths...)
		parents := plainParents(files)
		if tree.Len() != len(parents) {
			t.Errorf("%d units, want %d", tree.Len(), len(parents))
		}
		for _, id := range append(ids, "SE", "unknown", "") {
			if got, want := tree.Parent(id), plainParent(parents, id); got != want {
				t.Errorf("the parent of %q is %q, want %q", id, got, want)
			}
			want, circle := plainClimb(parents, id)
			if got := above(tree, id); !slices.Equal(got, want) {
				t.Errorf("above %q are %q, want %q", id, got, want)
			}
			if circle {
				circles++
			}
			if len(want) > 10 {
				deep++
			}
		}
		if t.Failed() {
			t.Fatalf("files %d: %q", seed, files)
		}
	}
	if min(circles, deep) < 50 {
		t.Errorf("%d circles and %d long climbs are too few to tell anything", circles, deep)
	}
}

// A climb that has ended goes nowhere, however often it is asked.
func TestClimbStaysAtItsEnd(t *testing.T) {
	tree, _ := load(t, file(t, "A|ou=a,o=b", "B|o=b", "A|x=1,ou=a,o=b"))
	for _, tree := range []*hsa.Tree{nil, tree} {
		for _, id := range []string{"A", "B", "SE", "unknown"} {
			climb := tree.Climb(id)
			for range 10 {
				climb.Next()
			}
			if next, ok := climb.Next(); ok || next != "" {
				t.Errorf("above %s and the root there is %q", id, next)
			}
		}
	}
}

// randomFiles are units as "id|name" in some files, and all their ids. Names come
// once in a file; ids may come again, the root's too.
func randomFiles(r *rand.Rand) (files [][]string, ids []string) {
	count := 1 + r.IntN(25)
	for n := range count {
		ids = append(ids, fmt.Sprintf("Unit-%d", n))
	}
	ids = append(ids, "SE")
	names := []string{"c=SE"}
	for n := range count {
		name := names[len(names)-1]
		if r.IntN(6) == 0 {
			name = names[r.IntN(len(names))]
		}
		names = append(names, fmt.Sprintf("ou=%d,%s", n, name))
	}
	for range 1 + r.IntN(3) {
		var units []string
		for n, name := range names {
			if r.IntN(6) == 0 {
				continue // a level that the file has not
			}
			id := ids[min(n, count)]
			if r.IntN(8) == 0 {
				id = ids[r.IntN(len(ids))]
			}
			units = append(units, id+"|"+name)
		}
		r.Shuffle(len(units), func(i, j int) { units[i], units[j] = units[j], units[i] })
		files = append(files, units)
	}
	return files, ids
}

// plainParents are the ids and their parents, "" for those that have none.
func plainParents(files [][]string) map[string]string {
	byName := make(map[string]string) // the ids
	last := make(map[string]int)      // file that a name is in
	for i, units := range files {
		for _, unit := range units {
			id, name, _ := strings.Cut(unit, "|")
			byName[name], last[name] = id, i
		}
	}
	parents := make(map[string]string)
	for i, units := range files {
		for _, unit := range units {
			id, name, _ := strings.Cut(unit, "|")
			if last[name] != i {
				continue
			}
			parents[id] = ""
			for more := true; more && parents[id] == ""; {
				_, name, more = strings.Cut(name, ",")
				parents[id] = byName[name]
			}
		}
	}
	return parents
}

func plainParent(parents map[string]string, id string) string {
	if parent := parents[id]; parent != "" {
		return parent
	}
	return "SE"
}

// plainClimb are the ids above one, and whether they would go round in a circle.
func plainClimb(parents map[string]string, id string) (ids []string, circle bool) {
	met := []string{id}
	for id != "SE" {
		if id = plainParent(parents, id); slices.Contains(met, id) {
			id, circle = "SE", true
		}
		met = append(met, id)
	}
	return met[1:], circle
}
