package tak_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"runtime/metrics"
	"strings"
	"syscall"
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
	if operation == getRoutes {
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

// manyClient is a client of a TAK with a large catalogue. The answers come
// from files, so that only the client's own work and memory are measured.
func manyClient(tb testing.TB) *tak.Client {
	tb.Helper()
	folder := tb.TempDir()
	for _, operation := range []string{getRoutes, getPermissions} {
		var answer bytes.Buffer
		writeMany(&answer, operation)
		if err := os.WriteFile(filepath.Join(folder, operation), answer.Bytes(), 0o600); err != nil {
			tb.Fatal(err)
		}
	}
	client, err := tak.NewClient(tak.ClientOptions{Address: "http://tak.example.org/", HTTP: &http.Client{Transport: folderTransport(folder)}})
	if err != nil {
		tb.Fatal(err)
	}
	return client
}

// folderTransport answers an operation with the file of its name.
type folderTransport string

func (f folderTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	operation := getRoutes
	if strings.Contains(string(body), getPermissions) {
		operation = getPermissions
	}
	file, err := os.Open(filepath.Join(string(f), operation))
	if err != nil {
		return nil, err
	}
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Request: r, Body: file}, nil
}

// BenchmarkRefresh refreshes a large catalogue while it is in force. B/row is
// the live heap that stays, peak how many times that HeapInuse reached, and
// cpu-s/op the processor time of all threads, the collector's included.
func BenchmarkRefresh(b *testing.B) {
	r := tak.NewRefresher(tak.Options{Client: manyClient(b), LocalCopy: filepath.Join(b.TempDir(), "copy.xml")})
	before := liveHeap()
	refresh := func() {
		if report := r.Refresh(context.Background()); report.Status != tak.RefreshOK || report.CopyErr != nil {
			b.Fatalf("%+v", report)
		}
	}
	refresh()
	steady := liveHeap() - before
	peak := watchHeap()
	used := processorTime(b)
	for b.Loop() {
		refresh()
	}
	b.ReportMetric((processorTime(b)-used).Seconds()/float64(b.N), "cpu-s/op")
	b.ReportMetric(float64(peak()-before)/float64(steady), "peak")
	b.ReportMetric(float64(steady)/(manyRoutes+manyPermissions), "B/row")
}

// processorTime is what this process has used so far, in user and kernel mode.
func processorTime(tb testing.TB) time.Duration {
	tb.Helper()
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		tb.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// watchHeap samples HeapInuse until the returned function is called, which
// tells the largest size seen.
func watchHeap() (largest func() int64) {
	stop, result := make(chan struct{}), make(chan int64)
	go func() {
		inUse := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}, {Name: "/memory/classes/heap/unused:bytes"}}
		var highest int64
		for {
			metrics.Read(inUse)
			highest = max(highest, int64(inUse[0].Value.Uint64()+inUse[1].Value.Uint64()))
			select {
			case <-stop:
				result <- highest
				return
			case <-time.After(10 * time.Millisecond): // oftener would count as processor time of refreshes
			}
		}
	}()
	return func() int64 { close(stop); return <-result }
}

func liveHeap() int64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

func BenchmarkRoutes(b *testing.B) {
	c, err := manyClient(b).Fetch(context.Background(), nil, nil)
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
				routesOf(c, contract, now, probe.receiver, buf)
			}
		})
	}
	b.Run("permission", func(b *testing.B) {
		b.ReportAllocs()
		i := 0x123 * 15
		sender := fmt.Sprintf("SE0000000000-S%03d", i%700)
		for b.Loop() {
			permits(c, manyContractOfPermission, sender, now, "SE0000000000-00123")
		}
	})
}

var manyContractOfPermission = manyContract(0x123 * 15)
