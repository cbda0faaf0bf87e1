package audit

import (
	"path/filepath"
	"testing"
	"time"

	"rivgate/fault"
	"rivgate/record"
)

// answered is the record of an ordinary call.
func answered() *record.Call {
	return &record.Call{
		Start: time.Date(2026, 11, 21, 19, 24, 28, 268e6, time.UTC), Whole: 39 * time.Millisecond,
		CorrelationID: "7f2a61d2-8a2e-4c5b-9d55-52b3a0a1f001", Sender: "SE0000000000-CONS1", OriginalConsumer: "SE0000000000-CONS1",
		Contract: "urn:riv:test:GetThingResponder:1", Receiver: "SE0000000000-UNIT1", Target: "https://producer.example.org:8443/thing",
		Outcome: record.OK,
	}
}

// refused is the record of a call that ended in a fault.
func refused() *record.Call {
	c := answered()
	c.Outcome, c.Code = record.Fault, fault.VP007
	return c
}

// What a call waits for: its line's place in the queue, 1 µs and no allocation.
// The writer works at the same time.
func BenchmarkAudit(b *testing.B) {
	log := mustOpen(b, Options{File: filepath.Join(b.TempDir(), "audit.log"), Rotate: 1 << 30, Checkpoint: 1000})
	call := answered()
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		log.Finished(call)
		if i%1000 == 0 {
			b.StopTimer()
			log.settle()
			b.StartTimer()
		}
	}
	if lost := log.Status().Lost; lost > 0 {
		b.Fatalf("%d lines were lost", lost)
	}
}

// What a line costs in all, written: callers wait for the writer.
func BenchmarkAuditWritten(b *testing.B) {
	log := mustOpen(b, Options{File: filepath.Join(b.TempDir(), "audit.log"), Rotate: 1 << 30, Checkpoint: 1000, Refuse: true})
	call := answered()
	b.ReportAllocs()
	for b.Loop() {
		log.Finished(call)
	}
	if err := log.Close(); err != nil || log.Status().Lost > 0 {
		b.Fatal(err, log.Status().Lost)
	}
}

// What the writer does for a line beside that, the disk left out.
func BenchmarkChain(b *testing.B) {
	e := callEntry(answered())
	text := e.appendTo(nil)
	last, line := beginning, make([]byte, 0, maxLine)
	b.ReportAllocs()
	for b.Loop() {
		line = last.append(line[:0], text)
	}
	b.SetBytes(int64(len(line)))
}
