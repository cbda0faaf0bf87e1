package audit

import (
	"time"

	"rivgate/record"
)

// kind is what a line tells of.
type kind string

const (
	kindCall       kind = "call"       // a finished call
	kindAdmin      kind = "admin"      // an attempt to change something
	kindStart      kind = "start"      // a process began to write
	kindStop       kind = "stop"       // and ended in order
	kindCheckpoint kind = "checkpoint" // all before is on the disk, and the head was told elsewhere
	kindRotate     kind = "rotate"     // begins another file
	kindRecovered  kind = "recovered"  // what a crash left at the end was set aside
	kindGap        kind = "gap"        // lines were lost
)

// entry is what a line says, but for its place in the chain. What a kind has no
// use for is empty.
type entry struct {
	at   time.Time
	kind kind

	sender, original, contract, receiver, target, outcome, code, correlation string
}

func callEntry(c *record.Call) entry {
	return entry{
		at:          c.Start.Add(c.Whole),
		kind:        kindCall,
		sender:      c.Sender,
		original:    c.OriginalConsumer,
		contract:    c.Contract,
		receiver:    c.Receiver,
		target:      c.Target,
		outcome:     string(c.Outcome),
		code:        string(c.Code),
		correlation: c.CorrelationID,
	}
}

// note is an entry of the log's own, of now.
func note(k kind, outcome string) entry { return entry{at: time.Now(), kind: k, outcome: outcome} }

// timeForm is how lines write time, always in UTC and timeWidth bytes long.
const (
	timeForm  = "2006-01-02T15:04:05.000Z"
	timeWidth = len(timeForm)
)

// appendTo appends e as it waits for its place in the chain: the time, then the
// members from kind on, as the line will have them. It holds no line break.
func (e *entry) appendTo(dst []byte) []byte {
	dst = e.at.UTC().AppendFormat(dst, timeForm)
	dst = append(append(dst, `"kind":"`...), e.kind...)
	dst = record.AppendText(append(dst, `","sender":"`...), e.sender)
	dst = record.AppendText(append(dst, `","original":"`...), e.original)
	dst = record.AppendText(append(dst, `","contract":"`...), e.contract)
	dst = record.AppendText(append(dst, `","receiver":"`...), e.receiver)
	dst = record.AppendText(append(dst, `","target":"`...), e.target)
	dst = record.AppendText(append(dst, `","outcome":"`...), e.outcome)
	dst = record.AppendText(append(dst, `","code":"`...), e.code)
	dst = record.AppendText(append(dst, `","correlation":"`...), e.correlation)
	return append(dst, '"')
}
