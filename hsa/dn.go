package hsa

import "strings"

// appendDN appends a distinguished name in the form units are compared in: the
// parts between commas, empty ones left out, without surrounding blanks and
// control characters, case kept. Escaped commas separate too, as in VP. Two
// names are equal when these forms are. false: it has no parts.
func appendDN(dst []byte, dn string) ([]byte, bool) {
	parts := 0
	for part := range strings.SplitSeq(dn, ",") {
		if part == "" {
			continue
		}
		if parts++; parts > 1 {
			dst = append(dst, ',')
		}
		dst = append(dst, strings.TrimFunc(part, isJavaSpace)...)
	}
	return dst, parts > 0
}

// isJavaSpace is what Java's String.trim removes.
func isJavaSpace(c rune) bool { return c <= ' ' }

// dropFirst is a name without its first part; false when nothing remains.
func dropFirst(dn string) (string, bool) {
	_, rest, ok := strings.Cut(dn, ",")
	return rest, ok
}
