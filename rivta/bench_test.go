package rivta_test

import (
	"strings"
	"testing"

	"rivgate/rivta"
	"rivgate/soap"
)

// BenchmarkConvert is what a conversion adds to a call whose envelope has been
// scanned: the edits.
func BenchmarkConvert(b *testing.B) {
	declarations := ` xmlns:r="` + registry + `"`
	text := message(declarations, `<r:LogicalAddress>SE0000000000-UNIT1</r:LogicalAddress>`)
	m, err := soap.Read(strings.NewReader(text), "text/xml", soap.Limits{Head: 1 << 20, Depth: 200, Attributes: 200})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if edits, err := rivta.Convert(m.Envelope, rivta.RIVTABP20); err != nil || len(edits) == 0 {
			b.Fatal(edits, err)
		}
	}
}
