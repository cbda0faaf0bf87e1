package lab

import "bytes"

// Example is a request worth making.
type Example struct {
	Name     string
	Caller   *Identity // nil: nobody, over the gateway's plain listener
	Header   []string  // header lines besides the usual ones
	Envelope Envelope
	Spoil    func([]byte) []byte // what becomes of the envelope before it is sent; nil: nothing
	File     string              // holds what is sent, for curl
	Status   int                 // what the gateway answers with
	Code     string              // the VP code in the answer; empty: none
	Shows    string              // one line for people
}

// Bytes is what the example sends.
func (e Example) Bytes() ([]byte, error) {
	body, err := e.Envelope.Bytes()
	if err != nil || e.Spoil == nil {
		return body, err
	}
	return e.Spoil(body), nil
}

// replacing spoils an envelope by putting a text in the place of another.
func replacing(old, other string) func([]byte) []byte {
	return func(body []byte) []byte { return bytes.Replace(body, []byte(old), []byte(other), 1) }
}

// demoExamples are one request for each thing the sandbox can show: those that
// succeed, then a way to each code that a caller can bring about.
func (s *Sandbox) demoExamples() []Example {
	return append(s.demoSuccesses(), append(s.demoRefusals(), s.demoFailures()...)...)
}

// demoCall asks for appointments at a receiver.
func demoCall(receiver string) Envelope {
	return Envelope{Contract: demoAppointments, Receiver: receiver, Profile: Profile21, Payload: "<u:patient>191212121212</u:patient>"}
}

// platformHeaders are how a proxy of this gateway's platform hands a caller over.
func (s *Sandbox) platformHeaders(sender string) []string {
	return []string{"x-vp-instance-id: " + s.InstanceID, "x-vp-sender-id: " + sender}
}

func (s *Sandbox) demoSuccesses() []Example {
	oldConsumer := demoCall(demoClinic)
	oldConsumer.Profile = Profile20
	latin1 := demoCall(demoClinic)
	latin1.Charset, latin1.Payload = "ISO-8859-1", "<u:patient>Åsa Ödman</u:patient>"
	index := Envelope{Contract: demoIndex, Receiver: demoChildren, Payload: "<u:patient>191212121212</u:patient>"}
	message := Envelope{Contract: demoMessages, Receiver: demoRegion + "#" + demoClinic, Payload: "<u:text>Välkommen</u:text>"}
	return []Example{
		{
			Name: "appointments", Caller: s.Consumer, Envelope: demoCall(demoClinic), Status: 200,
			Shows: "profile 2.1 at both ends",
		},
		{
			Name: "old-producer", Caller: s.Consumer, Envelope: demoCall(demoOldClinic), Status: 200,
			Shows: "a 2.1 consumer and a 2.0 producer: the envelope is converted",
		},
		{
			Name: "old-consumer", Caller: s.Consumer, Envelope: oldConsumer, Status: 200,
			Shows: "a 2.0 consumer and a 2.1 producer: the envelope is converted",
		},
		{
			Name: "climb", Caller: s.Consumer, Envelope: demoCall(demoChildren), Status: 200,
			Shows: "no route for the ward: the hospital's is used, and the region's permission",
		},
		{
			Name: "default-route", Caller: s.Consumer, Envelope: index, Status: 200,
			Shows: "a contract with one route for everybody (*)",
		},
		{
			Name: "vg-ve", Caller: s.Consumer, Envelope: message, Status: 200,
			Shows: "an address of the form VG#VE",
		},
		{
			Name: "latin1", Caller: s.Consumer, Envelope: latin1, Status: 200,
			Shows: "a request in ISO-8859-1: the producer gets UTF-8, the consumer its own charset back",
		},
		{
			Name: "behind-proxy", Header: s.platformHeaders(demoConsumer), Envelope: demoCall(demoClinic), Status: 200,
			Shows: "the plain listener: a trusted proxy says in headers who calls",
		},
	}
}

// demoRefusals are calls that the gateway ends itself.
func (s *Sandbox) demoRefusals() []Example {
	soap12 := demoCall("SE0000000000-UNKNOWN")
	soap12.SOAP12 = true
	original := []string{"x-rivta-original-serviceconsumer-hsaid: " + demoConsumer}
	return []Example{
		{
			Name: "no-certificate", Envelope: demoCall(demoClinic), Status: 500, Code: "VP002",
			Shows: "the plain listener, and nothing says who calls",
		},
		{
			Name: "nameless", Caller: s.Nameless, Envelope: demoCall(demoClinic), Status: 500, Code: "VP002",
			Shows: "a certificate without an HSA id",
		},
		{
			Name: "blank-receiver", Caller: s.Consumer, Envelope: demoCall(" "), Status: 500, Code: "VP003",
			Shows: "a logical address that is blank",
		},
		{
			Name: "unknown-receiver", Caller: s.Consumer, Envelope: demoCall("SE0000000000-UNKNOWN"), Status: 500, Code: "VP004",
			Shows: "no route",
		},
		{
			Name: "soap12", Caller: s.Consumer, Envelope: soap12, Status: 500, Code: "VP004",
			Shows: "no route, asked in SOAP 1.2: so is the fault",
		},
		{
			Name: "future-profile", Caller: s.Consumer, Envelope: demoCall(demoFuture), Status: 500, Code: "VP005",
			Shows: "a route of a profile that nothing converts to",
		},
		{
			Name: "two-routes", Caller: s.Consumer, Envelope: demoCall(demoTwice), Status: 500, Code: "VP006",
			Shows: "two routes at once",
		},
		{
			Name: "no-permission", Caller: s.Stranger, Envelope: demoCall(demoClinic), Status: 500, Code: "VP007",
			Shows: "a caller without permission",
		},
		{
			Name: "closed-receiver", Caller: s.Consumer, Envelope: demoCall(demoClosed), Status: 500, Code: "VP007",
			Shows: "a receiver that nobody may call",
		},
		{
			Name: "no-address", Caller: s.Consumer, Envelope: demoCall(demoNoURL), Status: 500, Code: "VP010",
			Shows: "a route without an address",
		},
		{
			Name: "two-spellings", Header: append(s.platformHeaders(demoConsumer), "x_vp_sender_id: "+demoStranger),
			Envelope: demoCall(demoClinic), Status: 500, Code: "VP011",
			Shows: "the plain listener: platform headers in two spellings that differ",
		},
		{
			Name: "original-consumer", Caller: s.Stranger, Header: original, Envelope: demoCall(demoClinic), Status: 500, Code: "VP013",
			Shows: "a caller that may not name another as the original consumer",
		},
		{
			Name: "loop", Caller: s.Consumer, Header: []string{"x-rivta-routing-history: " + s.InstanceID},
			Envelope: demoCall(demoClinic), Status: 500, Code: "VP014",
			Shows: "a routing history in which this gateway stands already",
		},
		{
			Name: "comment", Caller: s.Consumer, Envelope: demoCall(demoClinic), Status: 500, Code: "VP015",
			Spoil: replacing(demoClinic, "SE0000000000-<!-- -->CLINIC"),
			Shows: "a comment in the logical address, which two readers could read differently",
		},
		{
			Name: "doctype", Caller: s.Consumer, Envelope: demoCall(demoClinic), Status: 500, Code: "VP015",
			Spoil: replacing("?>", "?><!DOCTYPE a>"),
			Shows: "a document type declaration",
		},
	}
}

// demoFailures are calls that end at the producer.
func (s *Sandbox) demoFailures() []Example {
	return []Example{
		{
			Name: "dead-producer", Caller: s.Consumer, Envelope: demoCall(demoDead), Status: 500, Code: "VP009",
			Shows: "nobody listens at the route's address",
		},
		{
			Name: "slow-producer", Caller: s.Consumer, Envelope: demoCall(demoSlow), Status: 500, Code: "VP009",
			Shows: "a producer that takes longer than it may",
		},
		{
			Name: "busy-producer", Caller: s.Consumer, Envelope: demoCall(demoBusy), Status: 500, Code: "VP009",
			Shows: "a producer that answers with status 503",
		},
		{
			Name: "empty-answer", Caller: s.Consumer, Envelope: demoCall(demoEmpty), Status: 500, Code: "VP009",
			Shows: "an answer without content",
		},
		{
			Name: "cut-answer", Caller: s.Consumer, Envelope: demoCall(demoCut), Status: 500, Code: "VP009",
			Shows: "an answer that breaks off",
		},
		{
			Name: "faulty-producer", Caller: s.Consumer, Envelope: demoCall(demoFaulty), Status: 500,
			Shows: "a producer's own SOAP fault, passed on",
		},
	}
}
