package lab

import (
	"fmt"
	"strconv"
)

// misbehaviours are answers that break HTTP, or stretch it, as producers in
// the field do. They carry a Content-Type and nothing else, so that every byte
// has its part in the damage.
var misbehaviours = map[string]Script{
	// No answer at all.
	"/reset": {End: Reset},
	"/close": {End: Close},
	"/hang":  {End: Silence},

	// Shorter than announced, in four ways.
	"/trunc":    {Pieces: []string{rawHead(length(len(OrdinaryAnswer)+40)) + OrdinaryAnswer}, End: Close},
	"/truncmid": {Pieces: []string{rawHead(length(len(OrdinaryAnswer))) + OrdinaryAnswer[:100]}, End: Close},
	"/cutchunk": {Pieces: []string{rawHead(inChunks) + fmt.Sprintf("%x\r\n", len(OrdinaryAnswer)) + OrdinaryAnswer[:100]}, End: Close},
	"/stall":    {Pieces: []string{rawHead(length(len(OrdinaryAnswer))) + OrdinaryAnswer[:100]}, End: Silence},

	// More than announced: the surplus must not become the next call's answer.
	"/surplus": {Pieces: []string{rawHead(length(len(OrdinaryAnswer))) + OrdinaryAnswer + "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil"}},

	// Unusual but legal.
	"/untilclose": {Pieces: []string{rawHead() + OrdinaryAnswer}, End: Close},
	"/http10":     {Pieces: []string{"HTTP/1.0 200 OK\r\nContent-Type: " + textXML + "\r\n\r\n" + OrdinaryAnswer}, End: Close},
	"/early100":   {Pieces: []string{"HTTP/1.1 100 Continue\r\n\r\n" + rawHead(length(len(OrdinaryAnswer))) + OrdinaryAnswer}},
	"/early103":   {Pieces: []string{"HTTP/1.1 103 Early Hints\r\nLink: </style.css>\r\n\r\n" + rawHead(length(len(OrdinaryAnswer))) + OrdinaryAnswer}},

	// Not HTTP.
	"/garbage":     {Pieces: []string{"this is no HTTP\r\n\r\n"}, End: Close},
	"/halfhead":    {Pieces: []string{"HTTP/1.1 200 OK\r\nContent-Type: text/x"}, End: Close},
	"/badname":     {Pieces: []string{rawHead("Bad Name: x", length(len(OrdinaryAnswer))) + OrdinaryAnswer}},
	"/twolengths":  {Pieces: []string{rawHead(length(10), length(len(OrdinaryAnswer))) + OrdinaryAnswer}},
	"/bothlengths": {Pieces: []string{rawHead(length(10), inChunks) + chunk(OrdinaryAnswer) + chunk("")}},
}

const inChunks = "Transfer-Encoding: chunked"

func length(n int) string { return "Content-Length: " + strconv.Itoa(n) }

func rawHead(lines ...string) string {
	head := "HTTP/1.1 200 OK\r\nContent-Type: " + textXML + "\r\n"
	for _, line := range lines {
		head += line + "\r\n"
	}
	return head + "\r\n"
}
