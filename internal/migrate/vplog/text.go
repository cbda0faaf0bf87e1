package vplog

import (
	"bytes"
	"time"
)

// The older text form: a line of the logging library that ends in mark, a line
// that begins with begin, NAME=VALUE lines, and a line that begins with begin
// and holds end.
var (
	mark  = []byte("skltp-messages")
	begin = []byte("** logEvent-")
	start = []byte(".start ")
	end   = []byte(".end ")
)

// textTime is how the logging library's line begins, in the zone of who wrote it.
const textTime = "2006-01-02 15:04:05,000"

// textNames are the fields of the text by their names in ECS.
var textNames = map[string]string{
	"LogMessage":                    "event.action",
	"MessageId":                     "transaction.id",
	"BusinessCorrelationId":         "trace.id",
	"-senderid":                     "labels.senderid",
	"-originalServiceconsumerHsaid": "labels.originalServiceconsumerHsaid",
	"-servicecontract_namespace":    "labels.servicecontract_namespace",
	"-receiverid":                   "labels.receiverid",
	"-rivversion":                   "labels.rivversion",
	"-endpoint_url":                 "url.original",
	"-errorCode":                    "labels.errorCode",
	"-sessionStatus":                "labels.sessionStatus",
}

// textTimeOf is when a line of the logging library was written, if it begins an
// event.
func textTimeOf(line []byte, zone *time.Location) (time.Time, bool) {
	if !bytes.HasSuffix(line, mark) || len(line) < len(textTime) {
		return time.Time{}, false
	}
	at, err := time.ParseInLocation(textTime, string(line[:len(textTime)]), zone)
	return at, err == nil
}

// block reads an event's lines after the logging library's.
type block struct {
	event Event
	begun bool
	tail  bool // the rest is a message or a stack trace, in whatever words
}

// isStart tells whether a line is the first of an event's text.
func isStart(line []byte) bool { return bytes.HasPrefix(line, begin) && bytes.Contains(line, start) }

// line reads one line. More are wanted as long as neither done nor failed.
func (b *block) line(line []byte) (done, failed bool) {
	switch {
	case bytes.HasPrefix(line, begin) && bytes.Contains(line, end):
		return b.begun, !b.begun
	case isStart(line) && !b.tail:
		failed, b.begun = b.begun, true
		return false, failed
	}
	if !b.begun {
		return false, true
	}
	if b.tail {
		return false, false
	}
	name, value, ok := bytes.Cut(line, []byte("="))
	if !ok {
		return false, false
	}
	switch string(name) {
	case "Payload", "Stacktrace":
		b.tail = true
	default:
		if field := textNames[string(name)]; field != "" && string(value) != "null" {
			b.event.set([]byte(field), value)
		}
	}
	return false, false
}

// within reads an event's text from the message of an ECS line.
func within(message []byte, at time.Time) (Event, bool) {
	b := block{event: Event{At: at}}
	_, rest, _ := bytes.Cut(message, []byte("\n"))
	for line := range bytes.Lines(rest) {
		done, failed := b.line(bytes.TrimRight(line, "\r\n"))
		if done || failed {
			return b.event, done
		}
	}
	return b.event, false
}
