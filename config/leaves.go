package config

import (
	"strconv"

	"gopkg.in/yaml.v3"
)

// Leaf is a single value of a YAML document.
type Leaf struct {
	Key   string // as in tls.overrides[0].match.port
	Value string // empty for null, and for a list or mapping without content
	Line  int    // of the value
}

// What aliases, which may name what they stand in, can unfold a document to.
const (
	maxLeaves = 100_000
	maxDepth  = 100
)

// Leaves lists the single values of a YAML document that is no configuration of
// ours, in its order; name is what the error, an Errors, calls it. Aliases are
// followed; a merge (<<) is a key like any other.
func Leaves(name string, data []byte) ([]Leaf, error) {
	root, problem := document(name, data)
	if problem != nil {
		return nil, Errors{*problem}
	}
	w := &leafWalk{budget: maxLeaves}
	w.walk(root, "", 0)
	if w.budget < 0 {
		return nil, Errors{{File: name, Line: 1, Text: "unfolds to too many values, or too deep"}}
	}
	return w.leaves, nil
}

type leafWalk struct {
	leaves []Leaf
	budget int // of nodes still to be visited, below 0 when used up
}

func (w *leafWalk) walk(n *yaml.Node, key string, depth int) {
	if depth > maxDepth {
		w.budget = 0
	}
	if w.budget--; w.budget < 0 {
		return
	}
	if n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	switch {
	case n.Kind == yaml.ScalarNode && n.ShortTag() == "!!null", n.Kind != yaml.ScalarNode && len(n.Content) == 0:
		w.leaves = append(w.leaves, Leaf{key, "", n.Line})
	case n.Kind == yaml.ScalarNode:
		w.leaves = append(w.leaves, Leaf{key, n.Value, n.Line})
	case n.Kind == yaml.SequenceNode:
		for i, item := range n.Content {
			w.walk(item, key+"["+strconv.Itoa(i)+"]", depth+1)
		}
	default:
		for i := 0; i+1 < len(n.Content); i += 2 {
			w.walk(n.Content[i+1], join(key, n.Content[i].Value), depth+1)
		}
	}
}
