package record

import (
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"rivgate/fault"
)

// What the formats tell alike of a call is worked out here.

// at is the moment the record is of.
func (c *Call) at() time.Time { return c.Start.Add(c.Whole) }

// route is VP's name for the way in.
func (c *Call) route() string {
	if c.Message.TLS {
		return "vp-https-route"
	}
	return "vp-http-route"
}

// failed tells whether something else than an ordinary answer came of the call.
func (c *Call) failed() bool { return c.Outcome != OK && c.Outcome != Served }

// ownFault tells whether the gateway made the fault that was answered.
func (c *Call) ownFault() bool { return c.Outcome == Fault }

// empty tells whether the producer answered well, and nothing.
func (c *Call) empty() bool {
	return c.Code == fault.VP009 && c.ProducerStatus >= 200 && c.ProducerStatus <= 299 && c.Cause == nil
}

// early tells whether the call ended before VP would have told of it.
func (c *Call) early() bool { return c.Message.Span == (UUID{}) }

// first tells whether e is the first event of its call, on which VP puts what
// a proxy told of the caller's side.
func (c *Call) first(e Event) bool { return e == ReqIn || e == Ended || e == Failed && c.early() }

// sent tells whether the call got as far as the producer.
func (c *Call) sent() bool { return c.Stage == AtProducer }

// duration is the time the event tells of: the producer's while VP's span of
// the producer lasts, else the whole.
func (c *Call) duration(e Event) time.Duration {
	if e == RespIn || c.Outcome == ProducerFault && e != Ended {
		return c.Producer
	}
	return c.Whole
}

// profile is the RIV-TA profile as VP spells it: as it came, or as the
// catalogue has it once the request was converted.
func (c *Call) profile() string {
	switch {
	case c.Message.Converted != "":
		return c.Message.Converted
	case c.ProfileIn == "RIVTABP20":
		return "rivtabp20"
	case c.ProfileIn == "RIVTABP21":
		return "rivtabp21"
	}
	return ""
}

// wsdlNamespace appends the namespace of the contract's WSDL, as VP derives it.
func (c *Call) wsdlNamespace(dst []byte) []byte {
	profile, _ := clip(c.profile(), maxValue)
	if c.Contract == "" || profile == "" {
		return dst
	}
	contract, _ := clip(c.Contract, maxValue)
	before, after, _ := strings.Cut(contract, "Responder")
	dst = append(append(dst, before...), after...)
	return append(append(dst, ':'), profile...)
}

// transaction appends the call's id in this process, as long as VP's.
func (c *Call) transaction(dst []byte, prefix string) []byte {
	dst = append(dst, prefix...)
	for shift := 60; shift >= 0; shift -= 4 {
		dst = append(dst, upperHex[c.Message.Number>>shift&15])
	}
	return dst
}

const upperHex = "0123456789ABCDEF"

// url appends the address the caller used.
func (c *Call) url(dst []byte) []byte {
	if c.Message.Host == "" && c.Path == "" {
		return dst
	}
	scheme := "http://"
	if c.Message.TLS {
		scheme = "https://"
	}
	host, _ := clip(c.Message.Host, maxValue)
	path, cut := clip(c.Path, maxValue)
	dst = append(append(append(dst, scheme...), host...), path...)
	if cut {
		dst = append(dst, "…"...)
	}
	return dst
}

// unlocated tells whether VP did not know the URL yet when such a call failed.
func (c *Call) unlocated() bool { return c.Code == fault.VP011 || c.Code == fault.VP002 }

// destination takes the target's host apart; port 0 is the scheme's own.
func (c *Call) destination() (host string, port int64) {
	host = c.Message.TargetHost
	if i := strings.LastIndexByte(host, ':'); i >= 0 && !strings.HasSuffix(host, "]") {
		number, err := strconv.Atoi(host[i+1:])
		if err == nil {
			return host[:i], int64(number)
		}
	}
	return host, 0
}

// from is the caller's address as a proxy tells it, which may be anything, and
// as an address, which may be the proxy's own.
func (c *Call) from() (told, ip string) {
	told = c.ClientIP
	if told == "" {
		told = c.Remote
	}
	first, _, _ := strings.Cut(told, ",")
	first = strings.TrimSpace(first)
	if len(first) <= len("255.255.255.255:65535:255.255.255.255:65535") {
		if _, err := netip.ParseAddr(first); err == nil {
			return told, first
		}
	}
	return told, c.Remote
}

// description says what went wrong, in the words of the caller's fault where
// they say it.
func (c *Call) description() string {
	switch {
	case c.Outcome == ProducerFault:
		return c.Message.Fault.String
	case !c.ownFault() && c.Detail == "" && c.Cause != nil:
		return c.Cause.Error()
	case !c.ownFault():
		return c.Detail
	case c.Code != fault.VP009:
		return c.Message.FaultString
	case c.empty():
		return fault.VP009.Text()
	case c.Cause != nil:
		return c.Cause.Error()
	}
	return c.Detail
}

// kind is what went wrong, as a word.
func (c *Call) kind() string {
	if c.ownFault() {
		return string(c.Code)
	}
	return string(c.Outcome)
}

// soapFault is the fault the caller got from the producer's side: the
// producer's, or VP009.
func (c *Call) soapFault() SOAPFault {
	if c.Code == fault.VP009 && c.sent() && !c.empty() {
		return SOAPFault{"SOAP-ENV:Server", c.Message.FaultString, "<detail><detailString>" + c.Detail + "</detailString></detail>"}
	}
	return c.Message.Fault
}

// statusLine is a status with its words.
func statusLine(status int) string {
	return strconv.Itoa(status) + " " + http.StatusText(status)
}
