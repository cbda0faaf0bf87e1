package main

import (
	"fmt"
	"strings"
	"time"

	"rivgate/bench/load"
	"rivgate/internal/lab"
)

// scenario is one case of the benchmark.
type scenario struct {
	name string
	note string // what a reader of its table must know

	size      int64  // of the request
	multipart bool   // the request is MTOM, and size that of the attachment
	path      string // the producer's
	convert   bool   // the route has the other profile
	nobody    bool   // the gateway knows no such receiver; the others call the producer

	callers     int
	connections connections
	senders     bool // every caller has a certificate of its own

	rounds int
	slice  time.Duration // how long one proxy is called before it is the next one's turn
	times  int           // instead of slice: how many calls each caller makes
	open   time.Duration // if above 0, the slices of further rounds at one rate for all

	receiver string // given by number
}

// connections is what callers connect for.
type connections int

const (
	kept    connections = iota // once
	full                       // every call, with a full handshake
	resumed                    // every call, with a resumed session
)

const (
	kB = 1000
	mB = 1000 * kB

	// headline is the case that the targets for CPU time and latency are about.
	headline     = "660 B asked, 2 kB answered"
	manyBodies   = "64 bodies of 10 MB at once"
	uploads      = "500 MB sent"
	downloads    = "500 MB received"
	usualCallers = 16
)

// scenarios are all cases. Quick ones are as many, and as short as can be.
func scenarios(quick bool) []*scenario {
	slice := 600 * time.Millisecond
	huge, many, large, rounds := int64(500*mB), 64, int64(10*mB), 3
	senders := 500
	if quick {
		slice, huge, many, large, rounds, senders = slice/12, 20*mB, 8, 2*mB, 1, 50
	}
	all := []*scenario{
		{name: headline, size: 660, path: textPath + "2000", rounds: 3 * rounds, slice: slice, open: slice * 2 / 3},
		{name: "1 kB", size: kB, path: textPath + "1000", slice: slice},
		{name: "20 kB", size: 20 * kB, path: textPath + "20000", slice: slice},
		{name: "1 MB", size: mB, path: textPath + "1000000", slice: slice},
		{
			name: "new connections, full handshakes", size: 660, path: textPath + "2000", slice: slice, connections: full,
			note: "One call on each connection of the caller; those to the producer are kept.",
		},
		{name: "new connections, resumed sessions", size: 660, path: textPath + "2000", slice: slice, connections: resumed},
		{
			name: "conversion of 2.1 to 2.0", size: 660, path: textPath + "2000", slice: slice, convert: true,
			note: "rivgate rewrites the address element; the others pass on.",
		},
		{name: "a producer's fault, passed on", size: 660, path: faultPath, slice: slice},
		{
			name: "the gateway's own fault", size: 660, path: faultPath, slice: slice, nobody: true,
			note: "rivgate answers an unknown receiver (VP004); the others pass on a producer's fault.",
		},
		{
			name: "500 senders", size: 660, path: textPath + "2000", slice: slice, callers: senders, senders: true,
			note: "As many callers, each with its own certificate and connection.",
		},
		{name: "MTOM with 200 kB attached", size: 200 * kB, path: mtomPath + "200000", slice: slice, multipart: true},
		{name: "10 MB", size: large, path: fmt.Sprint(textPath, large), slice: slice, callers: 4, note: "Sent and received by each call."},
		{
			name: manyBodies, size: large, path: fmt.Sprint(textPath, large), times: 1, rounds: 1, callers: many,
			note: "Sent and received by each call.",
		},
		{name: uploads, size: huge, path: textPath + "2000", times: 1, rounds: 1, callers: 1},
		{name: downloads, size: 660, path: fmt.Sprint(textPath, huge), times: 1, rounds: 1, callers: 1},
	}
	for _, s := range all {
		if s.rounds == 0 {
			s.rounds = rounds
		}
	}
	return numbered(all, usualCallers)
}

// numbered gives each scenario a receiver, and callers where it names no number.
func numbered(all []*scenario, callers int) []*scenario {
	for i, s := range all {
		s.receiver = fmt.Sprintf("SE0000000000-WARD%02d", i)
		if s.callers == 0 {
			s.callers = callers
		}
	}
	return all
}

func (s *scenario) named(text string) bool { return strings.Contains(s.name, text) }

// The catalogue's only contract, and who calls.
const (
	contract   = "urn:riv:bench:GetThingResponder:1"
	consumerID = "SE0000000000-CONSUMER"
	gatewayID  = "SE0000000000-RIVGATE"
)

// request is what callers send.
func (s *scenario) request() (contentType string, body *load.Body, err error) {
	const cut = "<u:text>"
	payload := cut + "</u:text>"
	if s.multipart {
		payload = include
	}
	receiver := s.receiver
	if s.nobody {
		receiver = "SE0000000000-NOBODY"
	}
	envelope := lab.Envelope{Contract: contract, Receiver: receiver, Payload: payload}
	text, err := envelope.Bytes()
	if err != nil {
		return "", nil, err
	}
	if s.multipart {
		return mtom, multipart(string(text), s.size), nil
	}
	start, end, _ := strings.Cut(string(text), cut)
	return envelope.ContentType(), load.NewBody(start+cut, s.size, end), nil
}

// call is what callers do by way of a proxy, and what is right. throughGateway
// says that the proxy is the gateway.
func (s *scenario) call(throughGateway bool) (*load.Call, error) {
	contentType, body, err := s.request()
	if err != nil {
		return nil, err
	}
	r, err := replyAt(s.path)
	if err != nil {
		return nil, err
	}
	call := &load.Call{Path: s.path, ContentType: contentType, Body: body, Status: r.status, Arrives: body, Answer: r.body}
	if throughGateway {
		call.Path = "/vp"
		switch {
		case s.nobody:
			call.Arrives, call.Answer, call.Text = nil, nil, "VP004"
		case s.convert:
			call.Arrives = body.Replace(
				"<urn:LogicalAddress>"+s.receiver+"</urn:LogicalAddress>",
				`<urn:To xmlns:urn="http://www.w3.org/2005/08/addressing">`+s.receiver+"</urn:To>")
		}
	}
	return call, nil
}

// bytes is how much one call carries, both ways.
func (s *scenario) bytes() (int64, error) {
	call, err := s.call(false)
	if err != nil {
		return 0, err
	}
	return call.Body.Len() + call.Answer.Len(), nil
}
