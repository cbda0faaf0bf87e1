package soap_test

import (
	"io"
	"strings"
	"testing"

	"rivgate/soap"
)

func BenchmarkRead(b *testing.B) {
	for name, size := range map[string]int{"2KiB": 2 << 10, "1MiB": 1 << 20} {
		text := request + strings.Repeat(" ", size-len(request))
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			r := strings.NewReader(text)
			for b.Loop() {
				r.Reset(text)
				if _, err := soap.Read(r, "text/xml; charset=utf-8", limits); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkBody(b *testing.B) {
	text := request + strings.Repeat(" ", 1<<20)
	for name, contentType := range map[string]string{"UTF-8": "text/xml", "ISO-8859-1": "text/xml; charset=ISO-8859-1"} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				m, err := soap.Read(strings.NewReader(text), contentType, limits)
				if err != nil {
					b.Fatal(err)
				}
				if _, err := io.Copy(io.Discard, m.Body(nil)); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkTranscode(b *testing.B) {
	text := "<x>" + strings.Repeat("<y a='å'>åäö</y>", 50_000)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		r, err := soap.Transcode(strings.NewReader(text), "UTF-8", "ISO-8859-1")
		if err != nil {
			b.Fatal(err)
		}
		if _, err := io.Copy(io.Discard, r); err != nil {
			b.Fatal(err)
		}
	}
}
