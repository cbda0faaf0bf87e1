package proxy

import (
	"errors"
	"time"

	"rivgate/fault"
	"rivgate/record"
	"rivgate/rivta"
)

// entry is the one place that turns a call into what operators look at.
func (c *Call) entry() *record.Call {
	entry := &record.Call{
		Start:            c.Start,
		Listener:         c.Peer.Listener,
		Method:           c.In.Method,
		Path:             c.In.URL.EscapedPath(),
		Remote:           c.Peer.Remote.String(),
		ClientIP:         c.Sender.ClientIP,
		CorrelationID:    c.CorrelationID,
		Sender:           c.Sender.ID,
		SenderSource:     string(c.Sender.Source),
		OriginalConsumer: c.OriginalConsumer,
		Contract:         c.Contract(),
		KnownContract:    c.knownContract(),
		Receiver:         c.Address,
		Target:           c.Decision.Route.Address,
		Stage:            c.Stage,
		Warnings:         c.Warnings,
		Status:           c.writer.status,
		ProducerStatus:   c.producerStatus,
		AnswerBytes:      c.writer.written,
		Whole:            time.Since(c.Start),
		Reused:           c.reused,
		RequestBytes:     c.body.read.Load(),
	}
	if c.Profile != rivta.Unknown {
		entry.ProfileIn = c.Profile.String()
	}
	if c.Decision.Profile != rivta.Unknown {
		entry.ProfileOut = c.Decision.Profile.String()
	}
	if !c.handed.IsZero() {
		end := c.answered
		if end.IsZero() {
			end = time.Now()
		}
		entry.Producer = end.Sub(c.handed)
	}
	entry.Exchange = record.Exchange{
		Handed:    c.handed,
		Connected: c.timing.Connected,
		Handshake: c.timing.Handshake,
		Written:   c.timing.Written,
		FirstByte: c.timing.FirstByte,
		Answered:  c.answered,
	}
	if c.otel != nil {
		entry.TraceID, entry.SpanID = c.otel.IDs()
	}
	c.outcome(entry)
	c.traces(entry)
	entry.Message = c.message()
	if entry.Outcome == record.Fault {
		entry.Message.FaultString = (&fault.Error{Code: entry.Code}).FaultString(c.View.InstanceName)
	}
	return entry
}

func (c *Call) outcome(entry *record.Call) {
	entry.Cause = c.failure
	switch {
	case c.cut && c.writer.status == 0:
		entry.Outcome = record.Cancelled
	case c.cut:
		entry.Outcome = record.Aborted
	case c.failure != nil:
		c.failed(entry)
	case c.Stage == record.AtDescription:
		entry.Outcome = record.Served
	case c.passedFault:
		entry.Outcome = record.ProducerFault
	default:
		entry.Outcome = record.OK
	}
}

// failed is the outcome of a call that was answered with its failure.
func (c *Call) failed(entry *record.Call) {
	var failure *fault.Error
	var refused *HTTPError
	switch {
	case errors.As(c.failure, &refused):
		entry.Outcome, entry.Detail, entry.Cause = record.Refused, refused.Reason, nil
		if c.standIn {
			entry.Method, entry.Path = refused.Method, refused.Target
		}
	case errors.As(c.failure, &failure):
		entry.Outcome, entry.Code, entry.Detail, entry.Cause = record.Fault, failure.Code, failure.Detail, failure.Cause
	default:
		entry.Outcome = record.Aborted
	}
}
