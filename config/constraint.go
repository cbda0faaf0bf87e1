package config

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// checkScalar holds a value against the rules its tags state. Numbers are
// never negative.
func checkScalar(v reflect.Value, tag reflect.StructTag) error {
	switch {
	case v.Kind() == reflect.String:
		return checkText(v.String(), tag)
	case v.CanInt():
		return checkNumber(float64(v.Int()), written(v), tag)
	case v.CanFloat():
		return checkNumber(v.Float(), written(v), tag)
	}
	return nil
}

func written(v reflect.Value) string {
	if d, ok := v.Interface().(time.Duration); ok {
		return d.String()
	}
	return fmt.Sprint(v.Interface())
}

func checkNumber(value float64, text string, tag reflect.StructTag) error {
	if value < 0 {
		return fmt.Errorf("%s is negative", text)
	}
	if value == 0 && tag.Get("positive") == "true" {
		return errors.New("must be above 0")
	}
	if limit := tag.Get("max"); limit != "" {
		if bound, err := strconv.ParseFloat(limit, 64); err != nil || value > bound {
			return fmt.Errorf("%s is above %s", text, limit)
		}
	}
	return nil
}

func checkText(text string, tag reflect.StructTag) error {
	if set := tag.Get("oneof"); set != "" {
		if words := strings.Fields(set); !slices.Contains(words, text) {
			return fmt.Errorf("want %s, found %s", alternatives(words), printable(text))
		}
		return nil
	}
	if !utf8.ValidString(text) || strings.ContainsFunc(text, unicode.IsControl) {
		return fmt.Errorf("%q has characters that do not print", text)
	}
	if check := textChecks[tag.Get("check")]; check != nil && text != "" {
		return check(text)
	}
	return nil
}

func alternatives(words []string) string {
	last := len(words) - 1
	if last == 0 {
		return words[0]
	}
	return strings.Join(words[:last], ", ") + " or " + words[last]
}

// textChecks are the rules that a check tag names. Empty text is never
// checked: whether it may be empty is said by required.
var textChecks = map[string]func(string) error{
	"address":     checkAddress,
	"attribute":   checkAttribute,
	"header":      checkHeader,
	"free-header": checkFreeHeader,
	"host":        checkHost,
	"identity":    checkIdentity,
	"path":        checkPath,
	"text":        checkTrimmed,
	"url":         checkURL,
}

func checkAddress(text string) error {
	colon := strings.LastIndexByte(text, ':')
	if colon < 0 {
		return fmt.Errorf("%s has no port: want HOST:PORT", text)
	}
	if _, err := strconv.ParseUint(text[colon+1:], 10, 16); err != nil {
		return fmt.Errorf("%s: want a port from 0 to 65535 after the colon", text)
	}
	host := text[:colon]
	if bracketed, ok := strings.CutPrefix(host, "["); ok {
		if _, err := netip.ParseAddr(strings.TrimSuffix(bracketed, "]")); err != nil || !strings.HasSuffix(host, "]") {
			return fmt.Errorf("%s: want an IPv6 address between [ and ]", text)
		}
		return nil
	}
	if host == "" {
		return nil
	}
	if strings.Contains(host, ":") {
		return fmt.Errorf("%s: write an IPv6 address between [ and ]", text)
	}
	return checkHost(host)
}

var (
	hostName  = regexp.MustCompile(`^[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9_])?$`)
	token     = regexp.MustCompile("^[A-Za-z0-9!#$%&'*+.^_`|~-]+$") // RFC 9110, section 5.6.2
	identity  = regexp.MustCompile(`^[!-~]+$`)
	attribute = regexp.MustCompile(`^(serialNumber|CN|OU|O|C|[0-2](\.(0|[1-9][0-9]*))+)$`)
	urlPath   = regexp.MustCompile(`^/([A-Za-z0-9._~!$&'()*+,=@%:-]+(/[A-Za-z0-9._~!$&'()*+,=@%:-]+)*)?$`)
)

func checkHost(text string) error {
	if _, err := netip.ParseAddr(text); err == nil || hostName.MatchString(text) {
		return nil
	}
	return fmt.Errorf("%s is not a host name or address", printable(text))
}

func checkAttribute(text string) error {
	if attribute.MatchString(text) {
		return nil
	}
	return fmt.Errorf("want serialNumber, CN, OU, O, C or a dotted OID, found %s", printable(text))
}

// takenHeaders mean something else to the gateway, or to HTTP: a proxy that put a
// certificate or an address there would take that away.
var takenHeaders = []string{
	"host", "content-type", "content-length", "transfer-encoding", "connection", "te", "trailer", "upgrade", "expect",
	"keep-alive", "user-agent", "soapaction", "x-vp-sender-id", "x-vp-instance-id", "x-vp-hops", "x-skltp-correlation-id",
	"x-rivta-original-serviceconsumer-hsaid", "x-rivta-routing-history",
}

// checkFreeHeader wants a header name that a proxy may use as it likes.
func checkFreeHeader(text string) error {
	plain := strings.ReplaceAll(strings.ToLower(text), "_", "-")
	if slices.Contains(takenHeaders, plain) {
		return fmt.Errorf("%s means something else", text)
	}
	return checkHeader(text)
}

func checkHeader(text string) error {
	if token.MatchString(text) {
		return nil
	}
	return fmt.Errorf("%s is not a header name", printable(text))
}

// checkIdentity keeps out what separates ids in the routing history (#), in
// comma-separated headers and among the names of passed sockets (:).
func checkIdentity(text string) error {
	if identity.MatchString(text) && !strings.ContainsAny(text, "#,:") {
		return nil
	}
	return fmt.Errorf("%s: want visible ASCII characters without # , and :", printable(text))
}

func checkPath(text string) error {
	if urlPath.MatchString(text) {
		return nil
	}
	return fmt.Errorf("%s: want a path such as /vp, without a slash at its end", printable(text))
}

func checkTrimmed(text string) error {
	if text == strings.TrimSpace(text) {
		return nil
	}
	return fmt.Errorf("%q begins or ends with a space", text)
}

func checkURL(text string) error {
	address, err := url.Parse(text)
	switch {
	case err != nil || address.Opaque != "" || address.Scheme != "http" && address.Scheme != "https":
		return fmt.Errorf("want an http or https URL, found %s", printable(text))
	case address.Hostname() == "":
		return fmt.Errorf("%s has no host", printable(text))
	case address.User != nil:
		return errors.New("a user name or password does not belong in a URL")
	case strings.Contains(text, "#"):
		return fmt.Errorf("%s has a fragment", printable(text))
	}
	if port := address.Port(); port != "" {
		if number, err := strconv.ParseUint(port, 10, 16); err != nil || number == 0 {
			return fmt.Errorf("%s: want a port from 1 to 65535", printable(text))
		}
	}
	return nil
}
