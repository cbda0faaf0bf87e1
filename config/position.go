package config

import "strings"

// Position is the line of a key path such as listeners[0].tls.certificate. A
// key the file does not set has the line of its nearest parent that it does,
// at last 1.
func (c *Config) Position(key string) int { return nearestLine(c.lines, key) }

// Problem places text at key, for checks made after loading: a certificate
// that cannot be read, an address that cannot be bound.
func (c *Config) Problem(key, text string) Problem {
	return Problem{File: c.file, Line: c.Position(key), Key: key, Text: text}
}

// sets tells whether the file itself sets key.
func (c *Config) sets(key string) bool {
	_, set := c.lines[key]
	return set
}

func nearestLine(lines map[string]int, key string) int {
	for {
		if line, known := lines[key]; known {
			return line
		}
		if key == "" {
			return 1
		}
		key = parent(key)
	}
}

func parent(key string) string {
	return key[:max(strings.LastIndexAny(key, ".["), 0)]
}

// within tells whether key is outer or lies below it.
func within(key, outer string) bool {
	rest, found := strings.CutPrefix(key, outer)
	return found && (rest == "" || outer == "" || rest[0] == '.' || rest[0] == '[')
}
