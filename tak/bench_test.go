package tak_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
	"time"

	"rivgate/tak"
)

const (
	manyRoutes      = 100_000
	manyPermissions = 300_000
)

// writeMany writes a large answer. Receivers, senders, contracts and addresses
// come as often as they do in a national catalogue: few contracts and senders,
// many receivers.
func writeMany(w io.Writer, operation string) {
	fmt.Fprintf(w, answerStart, operation)
	if operation == "hamtaAllaVirtualiseringar" {
		for i := range manyRoutes {
			fmt.Fprintf(w, `<virtualiseringsInfo><virtualiseringsInfoId>%d</virtualiseringsInfoId><receiverId>SE0000000000-%05X</receiverId><rivProfil>RIVTABP21</rivProfil><tjansteKontrakt>%s</tjansteKontrakt><fromTidpunkt>2014-08-13T00:00:00.000</fromTidpunkt><tomTidpunkt>2114-08-13T00:00:00.000</tomTidpunkt><adress>https://producer%d.example.org:443/path/Get/%d</adress></virtualiseringsInfo>`,
				i, i/5, manyContract(i), i%500, i%20000)
		}
	} else {
		for i := range manyPermissions {
			fmt.Fprintf(w, `<anropsBehorighetsInfo><anropsBehorighetsInfoId>%d</anropsBehorighetsInfoId><receiverId>SE0000000000-%05X</receiverId><senderId>SE0000000000-S%03d</senderId><tjansteKontrakt>%s</tjansteKontrakt><fromTidpunkt>2014-08-13T00:00:00.000</fromTidpunkt><tomTidpunkt>2114-08-13T00:00:00.000</tomTidpunkt></anropsBehorighetsInfo>`,
				i, i/15, i%700, manyContract(i))
		}
	}
	fmt.Fprintf(w, answerEnd, operation)
}

func manyContract(i int) string {
	return fmt.Sprintf("urn:riv:clinicalprocess:activity:actions:GetThing%dResponder:1", i%300)
}

// manyServer is a TAK with a large catalogue.
func manyServer(tb testing.TB) *tak.Client {
	tb.Helper()
	answers := map[string]string{}
	for _, operation := range []string{"hamtaAllaVirtualiseringar", "hamtaAllaAnropsBehorigheter"} {
		var b strings.Builder
		writeMany(&b, operation)
		answers[operation] = b.String()
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		for operation, answer := range answers {
			if strings.Contains(string(body), "<"+operation+" ") {
				io.WriteString(w, answer)
			}
		}
	}))
	tb.Cleanup(server.Close)
	client, err := tak.NewClient(tak.ClientOptions{Address: server.URL})
	if err != nil {
		tb.Fatal(err)
	}
	return client
}

// BenchmarkFetch reads a large catalogue through HTTP. B/row is the live heap
// that stays.
func BenchmarkFetch(b *testing.B) {
	client := manyServer(b)
	before := liveHeap()
	var catalogue *tak.Catalogue
	for b.Loop() {
		catalogue = nil
		var err error
		if catalogue, err = client.Fetch(context.Background(), nil); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(liveHeap()-before)/(manyRoutes+manyPermissions), "B/row")
	runtime.KeepAlive(catalogue)
}

func liveHeap() int64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

func BenchmarkRoutes(b *testing.B) {
	c, err := manyServer(b).Fetch(context.Background(), nil)
	if err != nil {
		b.Fatal(err)
	}
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	buf := make([]tak.Route, 0, 4)
	for _, probe := range []struct{ name, receiver string }{
		{"hit", "SE0000000000-00123"},
		{"otherContract", "SE0000000000-00124"},
		{"unknown", "SE0000000000-UNKNOWN"},
	} {
		contract := manyContract(0x123 * 5)
		b.Run(probe.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				c.Routes(contract, probe.receiver, now, buf)
			}
		})
	}
	b.Run("permission", func(b *testing.B) {
		b.ReportAllocs()
		i := 0x123 * 15
		sender := fmt.Sprintf("SE0000000000-S%03d", i%700)
		for b.Loop() {
			c.Permits(manyContractOfPermission, "SE0000000000-00123", sender, now)
		}
	})
}

var manyContractOfPermission = manyContract(0x123 * 15)
