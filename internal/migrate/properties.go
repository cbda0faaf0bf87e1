package migrate

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// property is one setting as a file gives it.
type property struct {
	name, value string
	line        int // where it begins
}

// parseProperties reads the format of java.util.Properties: comments begin with
// # or !, names end at =, : or white space, a backslash at the end of a line
// continues it, and \uXXXX is a UTF-16 unit. Bytes that are not UTF-8 are
// ISO-8859-1, the format's own charset. The error names file and line of everything
// that Java would not read either.
func parseProperties(file string, data []byte) ([]property, error) {
	var properties []property
	var wrong []error
	for _, line := range logicalLines(decodeText(data)) {
		name, value := splitProperty(line.text)
		name, err := unescape(name)
		if err == nil {
			value, err = unescape(value)
		}
		if err != nil {
			wrong = append(wrong, fmt.Errorf("%s:%d: %w", file, line.number, err))
		}
		properties = append(properties, property{name, value, line.number})
	}
	return properties, errors.Join(wrong...)
}

// decodeText reads data as UTF-8, or else as ISO-8859-1, without a byte order mark.
func decodeText(data []byte) string {
	if utf8.Valid(data) {
		return strings.TrimPrefix(string(data), "\ufeff")
	}
	runes := make([]rune, len(data))
	for i, b := range data {
		runes[i] = rune(b)
	}
	return string(runes)
}

type logicalLine struct {
	text   string
	number int
}

const propertySpace = " \t\f"

// logicalLines joins continued lines and leaves out comments and empty lines.
func logicalLines(text string) []logicalLine {
	text = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(text)
	var lines []logicalLine
	var open *logicalLine
	number := 0
	for natural := range strings.SplitSeq(text, "\n") {
		number++
		natural = strings.TrimLeft(natural, propertySpace)
		if open == nil {
			if natural == "" || natural[0] == '#' || natural[0] == '!' {
				continue
			}
			open = &logicalLine{number: number}
		}
		part, continued := cutContinuation(natural)
		open.text += part
		if !continued {
			lines, open = append(lines, *open), nil
		}
	}
	if open != nil {
		lines = append(lines, *open)
	}
	return lines
}

// cutContinuation removes a backslash that is the last character and not itself escaped.
func cutContinuation(line string) (rest string, continued bool) {
	trailing := len(line) - len(strings.TrimRight(line, `\`))
	if trailing%2 == 0 {
		return line, false
	}
	return line[:len(line)-1], true
}

// splitProperty parts a name from its value, both still escaped.
func splitProperty(line string) (name, value string) {
	end := 0
	for end < len(line) && !strings.ContainsRune("=:"+propertySpace, rune(line[end])) {
		if line[end] == '\\' {
			end++
		}
		end++
	}
	end = min(end, len(line))
	rest := strings.TrimLeft(line[end:], propertySpace)
	if rest != "" && (rest[0] == '=' || rest[0] == ':') {
		rest = strings.TrimLeft(rest[1:], propertySpace)
	}
	return line[:end], rest
}

func unescape(text string) (string, error) {
	if !strings.Contains(text, `\`) {
		return text, nil
	}
	var out strings.Builder
	for i := 0; i < len(text); i++ {
		if text[i] != '\\' || i+1 == len(text) {
			if text[i] != '\\' {
				out.WriteByte(text[i])
			}
			continue
		}
		i++
		switch text[i] {
		case 't':
			out.WriteByte('\t')
		case 'n':
			out.WriteByte('\n')
		case 'r':
			out.WriteByte('\r')
		case 'f':
			out.WriteByte('\f')
		case 'u':
			r, used, err := unicodeEscape(text[i-1:])
			if err != nil {
				return "", err
			}
			out.WriteRune(r)
			i += used - 2
		default:
			out.WriteByte(text[i])
		}
	}
	return out.String(), nil
}

// unicodeEscape reads \uXXXX, or two of them that are a surrogate pair, at the
// beginning of text.
func unicodeEscape(text string) (r rune, used int, err error) {
	first, err := utf16Unit(text)
	if err != nil {
		return 0, 0, err
	}
	if utf16.IsSurrogate(first) && strings.HasPrefix(text[6:], `\u`) {
		if second, err := utf16Unit(text[6:]); err == nil {
			if pair := utf16.DecodeRune(first, second); pair != utf8.RuneError {
				return pair, 12, nil
			}
		}
	}
	return first, 6, nil
}

func utf16Unit(text string) (rune, error) {
	if len(text) < 6 {
		return 0, fmt.Errorf(`%q is not \uXXXX`, text)
	}
	unit, err := strconv.ParseUint(text[2:6], 16, 16)
	if err != nil {
		return 0, fmt.Errorf(`%q is not \uXXXX`, text[:6])
	}
	return rune(unit), nil
}
