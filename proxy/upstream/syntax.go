package upstream

// The character classes of RFC 9110, section 5.

func isAlphanumeric(b byte) bool {
	return 'a' <= b && b <= 'z' || 'A' <= b && b <= 'Z' || '0' <= b && b <= '9'
}

// isToken tells whether s may be a method or the name of a header line.
func isToken(s string) bool {
	for i := range len(s) {
		if isAlphanumeric(s[i]) {
			continue
		}
		switch s[i] {
		case '!', '#', '$', '%', '&', '\'', '*', '+', '-', '.', '^', '_', '`', '|', '~':
		default:
			return false
		}
	}
	return s != ""
}

// isText tells whether s may be the value of a header line or a reason phrase:
// no control character but the tab. Bytes above ASCII pass.
func isText(s string) bool {
	for i := range len(s) {
		if b := s[i]; b < ' ' && b != '\t' || b == 0x7f {
			return false
		}
	}
	return true
}

// isVisible is isText without the blanks.
func isVisible(s string) bool {
	for i := range len(s) {
		if b := s[i]; b <= ' ' || b == 0x7f {
			return false
		}
	}
	return s != ""
}

// trimBlanks removes the optional white space of RFC 9110, section 5.6.3,
// and nothing else that Unicode calls a space.
func trimBlanks(s string) string {
	for s != "" && isBlank(s[0]) {
		s = s[1:]
	}
	for s != "" && isBlank(s[len(s)-1]) {
		s = s[:len(s)-1]
	}
	return s
}

func isBlank(b byte) bool { return b == ' ' || b == '\t' }

func isDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}
