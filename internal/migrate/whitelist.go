package migrate

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

// translatePrefix turns an entry of ip.whitelist, the beginning of an address as
// text, into the network whose addresses begin so up to a boundary of octets or
// groups. note says what else VP admitted, or why there is no network.
func translatePrefix(entry string) (network netip.Prefix, note string) {
	switch {
	case entry == "":
		return network, "an empty entry admitted everybody in VP: left out"
	case strings.Contains(entry, "/"):
		return network, fmt.Sprintf("%s matched nothing in VP, which compares text: left out", entry)
	case strings.Contains(entry, ":"):
		return translatePrefix6(entry)
	}
	octets := strings.Split(strings.TrimSuffix(entry, "."), ".")
	closed := strings.HasSuffix(entry, ".")
	if len(octets) > 4 || len(octets) == 4 && closed {
		return network, notAnAddress(entry)
	}
	var bytes [4]byte
	for i, octet := range octets {
		value, err := strconv.ParseUint(octet, 10, 8)
		if err != nil || strconv.FormatUint(value, 10) != octet {
			return network, notAnAddress(entry)
		}
		bytes[i] = byte(value)
	}
	network = netip.PrefixFrom(netip.AddrFrom4(bytes), 8*len(octets))
	if closed {
		return network, ""
	}
	return network, alsoAdmitted(entry, octets, network)
}

func notAnAddress(entry string) string {
	return fmt.Sprintf("%q is not the beginning of an address and matched nothing in VP: left out", entry)
}

// alsoAdmitted says what VP took entry for beside network, since it has no
// boundary at its end: 10.1 admits 10.10.… to 10.19.… and 10.100.… to 10.199.…
func alsoAdmitted(entry string, octets []string, network netip.Prefix) string {
	before := strings.Join(octets[:len(octets)-1], ".")
	if before != "" {
		before += "."
	}
	after := strings.Repeat(".*", 4-len(octets))
	var ranges []string
	for _, r := range longerOctets(octets[len(octets)-1]) {
		ranges = append(ranges, fmt.Sprintf("%s%d%s to %s%d%s", before, r[0], after, before, r[1], after))
	}
	if len(ranges) == 0 {
		return ""
	}
	return fmt.Sprintf("%s is %s; VP, comparing text, also admitted %s", entry, network, strings.Join(ranges, " and "))
}

// longerOctets are the octets, as ranges, that begin with octet and have more digits.
func longerOctets(octet string) [][2]int {
	value, err := strconv.Atoi(octet)
	if err != nil || value == 0 {
		return nil
	}
	var ranges [][2]int
	for width := 10; value*width <= 255; width *= 10 {
		ranges = append(ranges, [2]int{value * width, min(value*width+width-1, 255)})
	}
	return ranges
}

// translatePrefix6 reads the form that Java gives IPv6 addresses: eight groups
// without leading zeros, never shortened.
func translatePrefix6(entry string) (network netip.Prefix, note string) {
	text, _, _ := strings.Cut(entry, "%")
	groups := strings.Split(strings.TrimSuffix(text, ":"), ":")
	closed := strings.HasSuffix(text, ":")
	if len(groups) > 8 || len(groups) == 8 && closed {
		return network, notAnAddress(entry)
	}
	var bytes [16]byte
	for i, group := range groups {
		value, err := strconv.ParseUint(group, 16, 16)
		if err != nil || strconv.FormatUint(value, 16) != strings.ToLower(group) {
			return network, notAnAddress(entry) + "; VP writes IPv6 addresses in full, as 0:0:0:0:0:0:0:1"
		}
		bytes[2*i], bytes[2*i+1] = byte(value>>8), byte(value)
	}
	network = netip.PrefixFrom(netip.AddrFrom16(bytes), 16*len(groups))
	if !closed && len(groups) < 8 || !closed && len(groups[len(groups)-1]) < 4 {
		return network, fmt.Sprintf("%s is %s; VP, comparing text, also admitted longer groups that begin so", entry, network)
	}
	return network, ""
}
