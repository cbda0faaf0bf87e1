package proxy

import (
	"net/http"
	"strings"
)

// Direction is which way a header travels.
type Direction string

// The directions of a rule.
const (
	ToProducer Direction = "request"
	ToConsumer Direction = "answer"
)

// Spelling says which spellings of a name a rule is about.
type Spelling string

// The spellings. AnySpelling reads whatever is no letter or digit as "-":
// servers behind a gateway do, CGI's variable names have nothing else, so a
// header that the gateway vouches for is vouched for in each.
const (
	Exact       Spelling = "exact" // without case, as every header name
	AnySpelling Spelling = "any"
)

// HeaderRule is one row of the table of headers that do not simply pass.
// Everything that no row names passes, as in VP.
type HeaderRule struct {
	Name      string // lower case; a trailing * stands for any rest
	Direction Direction
	Spelling  Spelling
	Owner     string // who decides its value: gateway, http, vp or configuration
	Set       string // what the gateway puts in its place; "" nothing
}

// builtInHeaders is the table. Rows of owner vp keep VP's own lists; rows of
// owner http are RFC 9110 §7.6.1's hop-by-hop and RFC 9112's framing fields;
// rows of owner gateway are what producers and callers believe the gateway for.
var builtInHeaders = []HeaderRule{
	{"x-vp-*", ToProducer, AnySpelling, "gateway", "on http legs x-vp-sender-id, x-vp-instance-id and x-vp-hops"},
	{"x-rivta-original-serviceconsumer-hsaid", ToProducer, AnySpelling, "gateway", "the original consumer"},
	{"x-rivta-routing-history", ToProducer, AnySpelling, "gateway", "the history with this gateway's step"},
	{"x-skltp-*", ToProducer, AnySpelling, "gateway", "x-skltp-correlation-id, as propagate_correlation_id says"},
	{"x-forwarded-*", ToProducer, AnySpelling, "gateway", ""},
	{"content-type", ToProducer, AnySpelling, "gateway", "text/xml;charset=UTF-8; multipart and SOAP 1.2 keep theirs"},
	{"user-agent", ToProducer, AnySpelling, "gateway", "producers.user_agent"},
	{"host", ToProducer, AnySpelling, "http", "the route's host"},
	{"connection", ToProducer, AnySpelling, "http", "keep-alive or close, by virtualisation"},
	{"content-length", ToProducer, AnySpelling, "http", "the length sent"},
	{"transfer-encoding", ToProducer, AnySpelling, "http", "chunked when the length is not known"},
	{"trailer", ToProducer, AnySpelling, "http", ""},
	{"te", ToProducer, AnySpelling, "http", ""},
	{"upgrade", ToProducer, AnySpelling, "http", ""},
	{"http2-settings", ToProducer, AnySpelling, "http", ""},
	{"keep-alive", ToProducer, AnySpelling, "http", ""},
	{"proxy-connection", ToProducer, AnySpelling, "http", ""},
	{"proxy-authenticate", ToProducer, AnySpelling, "http", ""},
	{"proxy-authorization", ToProducer, AnySpelling, "http", ""},
	{"expect", ToProducer, AnySpelling, "http", ""},
	{"accept-encoding", ToProducer, Exact, "vp", ""},
	{"cache-control", ToProducer, Exact, "vp", ""},
	{"date", ToProducer, Exact, "vp", ""},
	{"pragma", ToProducer, Exact, "vp", ""},
	{"via", ToProducer, Exact, "vp", ""},
	{"warning", ToProducer, Exact, "vp", ""},
	{"peer_certificates", ToProducer, Exact, "vp", ""},
	{"mule_*", ToProducer, Exact, "vp", ""},
	{"x-mule_*", ToProducer, Exact, "vp", ""},
	{"camel*", ToProducer, Exact, "vp", ""},

	{"x-vp-sender-id", ToConsumer, AnySpelling, "gateway", ""},
	{"x-vp-instance-id", ToConsumer, AnySpelling, "gateway", ""},
	{"x-vp-hops", ToConsumer, AnySpelling, "gateway", ""},
	{"x-vp-auth-cert", ToConsumer, AnySpelling, "gateway", ""},
	{"x-skltp-correlation-id", ToConsumer, AnySpelling, "gateway", "the call's correlation id"},
	{"x-skltp-prt", ToConsumer, AnySpelling, "gateway", "milliseconds the producer took"},
	{"content-type", ToConsumer, AnySpelling, "gateway", "text/xml in the caller's charset; multipart and SOAP 1.2 keep theirs"},
	{"content-length", ToConsumer, AnySpelling, "http", "the length sent"},
	{"transfer-encoding", ToConsumer, AnySpelling, "http", "chunked when the length is not known"},
	{"connection", ToConsumer, AnySpelling, "http", "close when the connection ends"},
	{"keep-alive", ToConsumer, AnySpelling, "http", ""},
	{"proxy-connection", ToConsumer, AnySpelling, "http", ""},
	{"proxy-authenticate", ToConsumer, AnySpelling, "http", ""},
	{"te", ToConsumer, AnySpelling, "http", ""},
	{"trailer", ToConsumer, AnySpelling, "http", ""},
	{"upgrade", ToConsumer, AnySpelling, "http", ""},
	{"host", ToConsumer, Exact, "vp", ""},
	{"cache-control", ToConsumer, Exact, "vp", ""},
	{"date", ToConsumer, Exact, "vp", ""},
	{"pragma", ToConsumer, Exact, "vp", ""},
	{"via", ToConsumer, Exact, "vp", ""},
	{"warning", ToConsumer, Exact, "vp", ""},
	{"soapaction", ToConsumer, Exact, "vp", ""},
	{"mule_*", ToConsumer, Exact, "vp", ""},
	{"x-mule_*", ToConsumer, Exact, "vp", ""},
	{"local_certificate", ToConsumer, Exact, "vp", ""},
	{"peer_certificates", ToConsumer, Exact, "vp", ""},
	{"http.method", ToConsumer, Exact, "vp", ""},
	{"camel*", ToConsumer, Exact, "vp", ""},
}

// HeaderOptions extend the built-in rules.
type HeaderOptions struct {
	RemoveRequest     []string // names, without case; a trailing * stands for any rest
	RemoveAnswer      []string
	CertificateHeader string // reaches neither side, under whatever name
	ClientIPHeader    string
	ForwardedHeaders  []string // name the caller's view of the gateway; for the gateway alone
	UnderscoreNames   bool     // platform headers are sent as x_vp_…
}

// HeaderRules is the table made ready for walking. It is immutable.
type HeaderRules struct {
	table      []HeaderRule
	request    nameSet
	answer     nameSet
	senderID   string
	instanceID string
	hops       string
}

// NewHeaderRules joins the built-in table and o.
func NewHeaderRules(o HeaderOptions) *HeaderRules {
	table := append([]HeaderRule(nil), builtInHeaders...)
	for _, name := range append([]string{o.CertificateHeader, o.ClientIPHeader}, o.ForwardedHeaders...) {
		if name != "" {
			table = append(table, HeaderRule{strings.ToLower(name), ToProducer, AnySpelling, "gateway", ""})
		}
	}
	if o.CertificateHeader != "" {
		table = append(table, HeaderRule{strings.ToLower(o.CertificateHeader), ToConsumer, AnySpelling, "gateway", ""})
	}
	for _, name := range o.RemoveRequest {
		table = append(table, HeaderRule{strings.ToLower(name), ToProducer, Exact, "configuration", ""})
	}
	for _, name := range o.RemoveAnswer {
		table = append(table, HeaderRule{strings.ToLower(name), ToConsumer, Exact, "configuration", ""})
	}
	h := &HeaderRules{
		table: table, request: newNameSet(), answer: newNameSet(),
		senderID: "x-vp-sender-id", instanceID: "x-vp-instance-id", hops: "x-vp-hops",
	}
	if o.UnderscoreNames {
		h.senderID, h.instanceID, h.hops = "x_vp_sender_id", "x_vp_instance_id", "x_vp_hops"
	}
	for _, rule := range table {
		if rule.Direction == ToProducer {
			h.request.add(rule)
		} else {
			h.answer.add(rule)
		}
	}
	h.request.decide()
	h.answer.decide()
	return h
}

// Table lists every rule, for documentation and tests.
func (h *HeaderRules) Table() []HeaderRule { return append([]HeaderRule(nil), h.table...) }

// Passes tells whether a header that came from the other side goes on in this
// direction. connection holds the message's Connection header values: what it
// names is for one hop only (RFC 9110 §7.6.1).
func (h *HeaderRules) Passes(d Direction, name string, connection []string) bool {
	set := &h.request
	if d == ToConsumer {
		set = &h.answer
	}
	return !set.holds(name) && !namedBy(connection, name)
}

func namedBy(connection []string, name string) bool {
	for _, value := range connection {
		for token := range strings.SplitSeq(value, ",") {
			if strings.EqualFold(strings.TrimSpace(token), name) {
				return true
			}
		}
	}
	return false
}

// nameSet holds header names by exact match and by prefix, in their own and in
// any spelling.
type nameSet struct {
	exact, any             map[string]bool
	exactPrefix, anyPrefix []string
	usual                  map[string]bool // whether it holds the names that most messages have
}

func newNameSet() nameSet {
	return nameSet{exact: make(map[string]bool), any: make(map[string]bool), usual: make(map[string]bool)}
}

// usualNames are the headers of most messages, as net/http spells them.
var usualNames = []string{
	"Accept", "Accept-Encoding", "Connection", "Content-Length", "Content-Type", "Date", "Host", "Keep-Alive", "Server", "Soapaction",
	"Transfer-Encoding", "User-Agent", "X-Forwarded-For", "X-Rivta-Original-Serviceconsumer-Hsaid", "X-Skltp-Correlation-Id",
}

// decide answers for the usual names in advance. It comes after the last add.
func (s *nameSet) decide() {
	for _, name := range usualNames {
		s.usual[name] = s.decided(name)
	}
}

func (s *nameSet) add(rule HeaderRule) {
	name, prefix := strings.CutSuffix(rule.Name, "*")
	names, prefixes := s.exact, &s.exactPrefix
	if rule.Spelling == AnySpelling {
		names, prefixes, name = s.any, &s.anyPrefix, string(appendNormal(nil, []byte(name)))
	}
	if prefix {
		*prefixes = append(*prefixes, name)
	} else {
		names[name] = true
	}
}

func (s *nameSet) holds(name string) bool {
	if held, known := s.usual[name]; known {
		return held
	}
	return s.decided(name)
}

func (s *nameSet) decided(name string) bool {
	var room [2][64]byte
	lower := appendLower(room[0][:0], name)
	if s.exact[string(lower)] || hasAnyPrefix(lower, s.exactPrefix) {
		return true
	}
	plain := appendNormal(room[1][:0], lower)
	return s.any[string(plain)] || hasAnyPrefix(plain, s.anyPrefix)
}

func hasAnyPrefix(name []byte, prefixes []string) bool {
	for _, prefix := range prefixes {
		if len(name) >= len(prefix) && string(name[:len(prefix)]) == prefix {
			return true
		}
	}
	return false
}

func appendLower(dst []byte, name string) []byte {
	for _, c := range []byte(name) {
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		dst = append(dst, c)
	}
	return dst
}

// appendNormal maps the spellings that servers fold together to one: CGI's
// variables know letters, digits and one character for everything else.
func appendNormal(dst, lower []byte) []byte {
	for _, c := range lower {
		if !('a' <= c && c <= 'z' || '0' <= c && c <= '9') {
			c = '-'
		}
		dst = append(dst, c)
	}
	return dst
}

// soapAction is a spelling that producers with case-sensitive parsers expect,
// where Go's canonical form differs from VP's.
const soapAction = "SOAPAction"

// copyPassing copies what passes from one message's headers to another's.
func (h *HeaderRules) copyPassing(d Direction, to, from http.Header) {
	connection := from["Connection"]
	for name, values := range from {
		if !h.Passes(d, name, connection) {
			continue
		}
		if name == "Soapaction" {
			name = soapAction
		}
		to[name] = values
	}
}
