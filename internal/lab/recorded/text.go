package recorded

import (
	"encoding/base64"
	"fmt"
	"hash/fnv"
	"regexp"
	"strings"
	"unicode/utf8"

	"rivgate/internal/lab"
)

const (
	storedWhole = 6000 // larger bodies are stored as length, sum and beginning
	beginning   = 200
)

// Text is a body as it is stored: UTF-8 text as it is, anything else in
// base64, and large ones as length, FNV-1a-64 sum and first bytes.
func Text(body []byte) string {
	sum := fnv.New64a()
	sum.Write(body)
	return bodyText(body, int64(len(body)), sum.Sum64())
}

func seenText(seen lab.Seen) string { return bodyText(seen.Body, seen.Length, seen.Sum) }

// bodyText needs all of a body that is stored whole, and the beginning of others.
func bodyText(body []byte, length int64, sum uint64) string {
	if length > storedWhole {
		return fmt.Sprintf("%d bytes, sum %016x: %s…", length, sum, body[:beginning])
	}
	if !isText(body) {
		return "base64:" + base64.StdEncoding.EncodeToString(body)
	}
	return string(body)
}

// isText tells whether a body is UTF-8 without control characters but white
// space.
func isText(body []byte) bool {
	return utf8.Valid(body) && !strings.ContainsFunc(string(body), func(r rune) bool {
		return r < ' ' && r != '\t' && r != '\n' && r != '\r'
	})
}

var uuid = regexp.MustCompile(`[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}`)

// normalText puts placeholders for addresses and UUIDs.
func normalText(text string, places *strings.Replacer) string {
	return uuid.ReplaceAllString(places.Replace(text), "{uuid}")
}

// normalHeader puts placeholders for what differs from run to run.
func normalHeader(header map[string][]string, places *strings.Replacer) map[string][]string {
	normal := make(map[string][]string, len(header))
	for name, values := range header {
		for _, value := range values {
			switch name {
			case "Content-Length", "Date":
				value = "{n}"
			case "X-Skltp-Prt":
				value = "{ms}"
			default:
				value = normalText(value, places)
			}
			normal[name] = append(normal[name], value)
		}
	}
	return normal
}
