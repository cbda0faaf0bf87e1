package config

import (
	"errors"
	"fmt"
	"math"
	"net/netip"
	"strconv"
	"strings"
	"time"
)

// Path is a file or folder: empty, or absolute as far as the folder that
// relative ones start at is.
type Path string

// Size is a number of bytes, never negative.
type Size int64

var sizeUnits = []struct {
	name  string
	bytes int64
}{{"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}, {"B", 1}}

// ParseSize reads 10MiB, 64KiB, 1GiB, 512B or plain bytes. There are no
// fractions, signs or decimal units.
func ParseSize(text string) (Size, error) {
	digits := strings.TrimRight(text, "BGKMTikbgmt")
	factor, known := int64(1), digits == text
	for _, unit := range sizeUnits {
		if text[len(digits):] == unit.name {
			factor, known = unit.bytes, true
		}
	}
	number, err := strconv.ParseUint(digits, 10, 63)
	switch {
	case err != nil && !errors.Is(err, strconv.ErrRange) || !known:
		return 0, fmt.Errorf("want a size such as 10MiB, 64KiB or plain bytes, found %s", printable(text))
	case err != nil || int64(number) > math.MaxInt64/factor:
		return 0, fmt.Errorf("%s is too large", text)
	}
	return Size(int64(number) * factor), nil
}

// String is what ParseSize reads, in the largest unit that leaves no rest.
func (s Size) String() string {
	for _, unit := range sizeUnits {
		if s != 0 && int64(s)%unit.bytes == 0 && unit.bytes > 1 {
			return strconv.FormatInt(int64(s)/unit.bytes, 10) + unit.name
		}
	}
	return strconv.FormatInt(int64(s), 10)
}

func parseDuration(text string) (time.Duration, error) {
	value, err := time.ParseDuration(text)
	if err == nil {
		return value, nil
	}
	if _, err := strconv.ParseFloat(text, 64); err == nil {
		return 0, fmt.Errorf("no unit: want a duration such as %ss or %sms", text, text)
	}
	return 0, fmt.Errorf("want a duration such as 29s or 500ms, found %s", printable(text))
}

// parseNetwork reads a CIDR. An address with bits beyond the prefix is
// refused: it says one thing and means another.
func parseNetwork(text string) (netip.Prefix, error) {
	if address, err := netip.ParseAddr(text); err == nil && address.Zone() == "" {
		return netip.Prefix{}, fmt.Errorf("%s is an address, want a network: write %s/%d", text, text, address.BitLen())
	}
	prefix, err := netip.ParsePrefix(text)
	switch {
	case err != nil:
		return netip.Prefix{}, fmt.Errorf("want a network such as 10.0.0.0/8, found %s", printable(text))
	case prefix.Addr().Is4In6():
		return netip.Prefix{}, fmt.Errorf("%s is IPv4 within IPv6: write the IPv4 network", text)
	case prefix != prefix.Masked():
		return netip.Prefix{}, fmt.Errorf("%s has bits beyond its prefix: write %s", text, prefix.Masked())
	}
	return prefix, nil
}
