package hsa

import (
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"rivgate/internal/pace"
)

// toilsome is a file whose every read takes time: on a clock that stands still
// while a test works, reading stands for the work.
type toilsome struct{ file io.Reader }

const toil = 10 * time.Microsecond

func (f toilsome) Read(p []byte) (int, error) {
	time.Sleep(toil)
	return f.file.Read(p[:min(len(p), 100)])
}

// TestLoadBesideCalls: a load rests if it is given a pace, and only then. The tree is
// the same.
func TestLoadBesideCalls(t *testing.T) {
	var content strings.Builder
	content.WriteString(`<r><endDate>2026-01-01T00:00:00.000Z</endDate><hsaUnits>`)
	const units = 1000
	for i := range units {
		fmt.Fprintf(&content, `<hsaUnit><hsaIdentity>U%d</hsaIdentity><DN>ou=%d,o=top</DN><name>n</name></hsaUnit>`, i, i)
	}
	content.WriteString(`</hsaUnits></r>`)
	work := toil * time.Duration(content.Len()/100)
	synctest.Test(t, func(t *testing.T) {
		load := func(p *pace.Pace) time.Duration {
			began, b := time.Now(), newBuilder(p)
			if err := b.read("f", toilsome{strings.NewReader(content.String())}); err != nil {
				t.Fatal(err)
			}
			if tree := b.tree(); tree.Len() != units {
				t.Fatalf("%d units", tree.Len())
			}
			return time.Since(began)
		}
		if took := load(nil); took > work+work/2 {
			t.Errorf("%s of work took %s without a pace", work, took)
		}
		if took := load(pace.New(t.Context())); took < 3*work {
			t.Errorf("%s of work took only %s", work, took)
		}
	})
}
