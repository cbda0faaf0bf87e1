package shadow

import (
	"rivgate/fault"
	"rivgate/internal/migrate/vplog"
)

// Outcome is what became of a call, at VP or here: the address it went to, or
// the code its caller got.
type Outcome struct {
	Code   string `json:"code,omitempty"`
	Target string `json:"target,omitempty"`
}

// String is for people.
func (o Outcome) String() string {
	if o.Code != "" {
		return o.Code
	}
	return o.Target
}

// needsRequest are the faults that VP raises by what no log line holds: the
// request's bytes and headers, the caller's certificate, or VP's own state.
var needsRequest = map[string]string{
	string(fault.VP001): "the request's profile, which the log does not hold",
	string(fault.VP002): "the caller's certificate",
	string(fault.VP008): "VP had no catalogue then",
	string(fault.VP011): "the caller's address and headers",
	string(fault.VP012): "the request's bytes",
	string(fault.VP013): "the request's headers",
	string(fault.VP014): "the request's headers",
	string(fault.VP015): "the request's bytes",
}

// happened is what VP did with a call, or why that cannot be said. A producer
// that failed (VP009) was routed to all the same.
func happened(c *vplog.Call) (o Outcome, why string) {
	switch {
	case c.Cut:
		return o, "a value is too long to keep"
	case c.Code != "" && c.Code != string(fault.VP009):
		return Outcome{Code: c.Code, Target: c.Target}, ""
	case c.Target != "":
		return Outcome{Target: c.Target}, ""
	case c.Failed:
		return o, "VP failed without a code, before it had a route (docs/deviations.md, row 26)"
	case c.Ended:
		return o, "the log names no target"
	}
	return o, "the log does not say how it ended"
}

// judgeable tells why a call cannot be judged by its log alone, "" if it can.
func judgeable(c *vplog.Call, vp Outcome) string {
	if why := needsRequest[vp.Code]; why != "" {
		return vp.Code + ": " + why
	}
	switch {
	case vp.Code != "" && !decided[vp.Code]:
		return vp.Code + ": no decision on routing"
	case c.Contract == "":
		return "the log names no contract"
	case c.Sender == "":
		return "the log names no sender"
	case c.Start.IsZero():
		return "the log says no time"
	}
	return ""
}

// decided are the faults that follow from what a log line holds.
var decided = map[string]bool{
	string(fault.VP003): true,
	string(fault.VP004): true,
	string(fault.VP005): true,
	string(fault.VP006): true,
	string(fault.VP007): true,
	string(fault.VP010): true,
}
