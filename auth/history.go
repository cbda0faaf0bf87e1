package auth

import (
	"net/http"
	"strconv"
	"strings"

	"rivgate/fault"
)

// maxHops is how many plain legs back to the same instance a call may take.
// Every such leg is an internal call, which the routing history never sees.
const maxHops = 8

// isHistorySeparator also takes the comma, by which proxies join header lines.
func isHistorySeparator(r rune) bool { return r == '#' || r == ',' }

// extendHistory is the routing history to send on: what came with this instance
// appended, or the sender and this instance where nothing came. VP014 if this
// instance already stands there. What came is left as it is when the history is
// turned off.
func (p *Policy) extendHistory(h http.Header, sender string) (string, error) {
	history := joinHistory(h[historyKey])
	if !p.routingHistory {
		return history, nil
	}
	if history == "" {
		history = sender
	} else if p.inHistory(history) {
		return "", fault.New(fault.VP014, "")
	}
	return history + "#" + p.instanceID, nil
}

// joinHistory makes one line of a history, whatever it came as: of several,
// another reader might believe any one.
func joinHistory(lines []string) string {
	history := ""
	for _, line := range lines {
		switch {
		case line == "":
		case history == "":
			history = line
		default:
			history += "#" + line
		}
	}
	return history
}

func (p *Policy) inHistory(history string) bool {
	for id := range strings.FieldsFuncSeq(history, isHistorySeparator) {
		if strings.TrimSpace(id) == p.instanceID {
			return true
		}
	}
	return false
}

// nextHop is the hop count of the outgoing leg of an internal call. VP014 if
// the call has come back too often, or if its count cannot be read.
func nextHop(h http.Header) (int, error) {
	values, err := hopsSpelling().read(h)
	if err != nil {
		return 0, err
	}
	if len(values) == 0 {
		return 1, nil
	}
	hops, err := strconv.ParseUint(values[0], 10, 16)
	if err != nil || len(values) > 1 || hops > maxHops {
		return 0, fault.Wrap(fault.VP014, "", err)
	}
	return int(hops) + 1, nil
}
