package wsdl

import (
	"fmt"
	"slices"
	"strings"
)

// set is the descriptions that are served, by path. It never changes.
type set struct {
	byPath map[string]*description // by lower-case path
	sorted []*description          // by path
}

// newSet makes a set. Of several descriptions with one path the listed one is
// served, else the fetched one, else the one that was found first.
func newSet(listed, fetched, found []*description) (set, []Warning) {
	s := set{byPath: make(map[string]*description)}
	var warnings []Warning
	for _, group := range [][]*description{listed, fetched, found} {
		taken := make(map[string]*description, len(group))
		for _, d := range group {
			key := strings.ToLower(d.path)
			if first := taken[key]; first != nil {
				warnings = append(warnings, Warning{File: d.origin, Text: fmt.Sprintf(
					"not served: %s has the same path, %s", first.origin, d.path)})
				continue
			}
			taken[key] = d
			if s.byPath[key] == nil {
				s.byPath[key] = d
				s.sorted = append(s.sorted, d)
			}
		}
	}
	slices.SortFunc(s.sorted, func(a, b *description) int { return strings.Compare(a.path, b.path) })
	return s, warnings
}

// vpPrefix is what paths begin with that VP derives or lists.
const vpPrefix = "vp/"

// find looks up a request's path, without regard to case, as VP does. What lies
// below the listener's prefix is also known as if the prefix were /vp.
func (s *set) find(path, prefix string) *description {
	path = strings.ToLower(path)
	if d := s.byPath[strings.TrimPrefix(path, "/")]; d != nil {
		return d
	}
	if rest, ok := strings.CutPrefix(path, strings.ToLower(prefix)+"/"); ok {
		return s.byPath[vpPrefix+rest]
	}
	return nil
}

// under is the path of a description on a listener with the prefix given.
func (d *description) under(prefix string) string {
	if rest, ok := strings.CutPrefix(d.path, vpPrefix); ok {
		return prefix + "/" + rest
	}
	return "/" + d.path
}
