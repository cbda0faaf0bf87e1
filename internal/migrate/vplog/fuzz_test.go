package vplog_test

import (
	"bytes"
	"errors"
	"io"
	"testing"
	"time"

	"rivgate/internal/migrate/vplog"
)

// FuzzReader: whatever a log holds, reading it ends, every event is one of a call
// and has nothing longer than is kept, and each call is given out once.
func FuzzReader(f *testing.F) {
	for _, name := range []string{"ok", "vp007", "vp009"} {
		f.Add([]byte(content(f, "log-ecs-"+name+".txt")))
		f.Add([]byte(content(f, "log-legacy-"+name+".txt")))
		f.Add([]byte(inECS(f, content(f, "log-legacy-"+name+".txt"))))
	}
	f.Add([]byte("\x1f\x8b"))
	f.Fuzz(func(t *testing.T, log []byte) {
		r := vplog.NewReader(time.UTC)
		if err := r.Open(bytes.NewReader(log)); err != nil {
			return
		}
		calls := make(map[*vplog.Call]bool)
		joiner, err := vplog.NewJoiner(2, func(c *vplog.Call) {
			if calls[c] {
				t.Error("a call was given out twice")
			}
			calls[c] = true
		})
		if err != nil {
			t.Fatal(err)
		}
		events := int64(0)
		for {
			e, err := r.Next()
			if err != nil {
				if !errors.Is(err, io.EOF) && !bytes.HasPrefix(log, []byte("\x1f\x8b")) {
					t.Fatal(err)
				}
				break
			}
			events++
			if e.Transaction == "" && e.Trace == "" || len(e.Receiver) > 4096 {
				t.Fatalf("%+v", e)
			}
			joiner.Add(e)
		}
		r.End()
		joiner.End()
		if r.Counts.Events != events || int64(len(calls)) > events || events > 0 && len(calls) == 0 {
			t.Errorf("%d events, %d calls, %+v", events, len(calls), r.Counts)
		}
	})
}
