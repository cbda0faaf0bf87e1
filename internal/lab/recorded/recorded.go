package recorded

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"rivgate/internal/lab"
)

// Recorded is one call: what was asked, what was answered, and what the
// producer saw. What differs from run to run stands as a placeholder: {plain}
// and {secure} for the producers' host:port, {http} and {https} for the
// gateway's own, {uuid} for any UUID, {ms} for x-skltp-prt, {n} for
// Content-Length and Date.
type Recorded struct {
	Configuration string `json:"configuration"` // "a" or "b"
	Case          Case   `json:"case"`

	Err          string              `json:"err"` // NoAnswer, or nothing
	Status       int                 `json:"status"`
	AnswerHeader map[string][]string `json:"answer_header"` // canonical names
	AnswerBody   string              `json:"answer_body"`   // see Text

	ProducerSaw []Seen `json:"producer_saw"`
}

// NoAnswer is Err of a call whose connection ended without an answer.
const NoAnswer = "no answer"

// Case is the request. Header and Body are sent as they are.
type Case struct {
	Name    string      `json:"name"`
	TLS     bool        `json:"tls"`  // to the HTTPS listener
	Cert    string      `json:"cert"` // a key of World.Identities; empty: none
	Method  string      `json:"method"`
	Target  string      `json:"target"`
	Header  [][2]string `json:"header"`
	Body    []byte      `json:"body"`
	Chunked bool        `json:"chunked"` // in pieces of 333 bytes
}

// Seen is one request at the producer.
type Seen struct {
	Method string              `json:"method"`
	URI    string              `json:"uri"`
	Header map[string][]string `json:"header"` // canonical names, without Host
	Body   string              `json:"body"`
}

// chunkSize is the size of the pieces in which chunked requests were sent.
const chunkSize = 333

// Load reads recorded calls, one JSON object a line, and puts back the bodies
// that were too large to store.
func Load(path string) ([]Recorded, error) {
	file, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var calls []Recorded
	lines := bufio.NewScanner(bytes.NewReader(file))
	lines.Buffer(nil, 1<<24)
	for number := 1; lines.Scan(); number++ {
		var call Recorded
		if err := json.Unmarshal(lines.Bytes(), &call); err != nil {
			return nil, fmt.Errorf("%s:%d: %w", path, number, err)
		}
		call.Case.restoreBody()
		calls = append(calls, call)
	}
	return calls, lines.Err()
}

// fillers are the cases with a body too large to store: the ordinary request
// with so many times "x" in place of its åäö.
var fillers = map[string]int{
	"one megabyte":           1 << 20,
	"over fifteen megabytes": 16 << 20,
}

func (c *Case) restoreBody() {
	if filler, large := fillers[c.Name]; large && c.Body == nil {
		c.Body = []byte(strings.Replace(ordinaryRequest, "åäö", strings.Repeat("x", filler), 1))
	}
}

// ordinaryRequest is what most cases send.
const ordinaryRequest = `<?xml version="1.0" encoding="UTF-8"?>` +
	`<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" ` +
	`xmlns:urn="urn:riv:itintegration:registry:1" xmlns:u="urn:riv:test:GetThingResponder:1">` +
	`<soapenv:Header><urn:LogicalAddress>HTTP21</urn:LogicalAddress></soapenv:Header>` +
	`<soapenv:Body><u:GetThing><u:id>åäö &amp; 1</u:id></u:GetThing></soapenv:Body></soapenv:Envelope>`

// request is the case as bytes to send, placeholders filled in.
func (c *Case) request(places *strings.Replacer) lab.RawRequest {
	request := lab.RawRequest{Method: c.Method, Target: c.Target, Body: c.Body}
	for _, field := range c.Header {
		request.Header = append(request.Header, [2]string{field[0], places.Replace(field[1])})
	}
	if c.Chunked {
		request.Chunk = chunkSize
	}
	return request
}
