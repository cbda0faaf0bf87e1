package wsdl_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"rivgate/wsdl"
)

// producer answers fetches without a network. It is safe for concurrent use.
type producer struct {
	mu    sync.Mutex
	files map[string]string // by URL; "302 URL" redirects, "hang" waits, other three digits are a status
	asked []string
}

func (p *producer) RoundTrip(r *http.Request) (*http.Response, error) {
	p.mu.Lock()
	content, known := p.files[r.URL.String()]
	p.asked = append(p.asked, r.URL.String())
	p.mu.Unlock()
	w := httptest.NewRecorder()
	to, redirected := strings.CutPrefix(content, "302 ")
	switch {
	case !known:
		w.WriteHeader(http.StatusNotFound)
	case redirected:
		w.Header().Set("Location", to)
		w.WriteHeader(http.StatusFound)
	case content == "503":
		w.WriteHeader(http.StatusServiceUnavailable)
		content = simple(thing, resp)
	case content == "hang":
		<-r.Context().Done()
		return nil, r.Context().Err()
	case content == "broken":
		return nil, errors.New("connection reset")
	}
	_, _ = io.WriteString(w, content)
	response := w.Result()
	response.Request = r
	return response, nil
}

func (p *producer) set(url, content string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.files[url] = content
}

// take is what was asked for since it was last called.
func (p *producer) take() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	asked := p.asked
	p.asked = nil
	return asked
}

// options fetch GetThing from p.
func (p *producer) options(url string, refresh time.Duration, log io.Writer) wsdl.Options {
	return wsdl.Options{
		Sources: []wsdl.Source{{Contract: resp, URL: url, Refresh: refresh}},
		Client:  &http.Client{Transport: p}, Retry: 10 * time.Second, Timeout: 5 * time.Second,
		Logger: slog.New(slog.NewTextHandler(log, nil)),
	}
}

// running runs a Store of o within a synctest bubble and waits until the first
// fetches are over.
func running(t *testing.T, o wsdl.Options) *wsdl.Store {
	t.Helper()
	s := load(t, o)
	ctx, cancel := context.WithCancel(t.Context())
	var done sync.WaitGroup
	done.Go(func() { s.Run(ctx) })
	t.Cleanup(func() {
		cancel()
		done.Wait()
	})
	synctest.Wait()
	return s
}

const inner = "http://int-7.backend.internal:8081"

// tellTale is a WSDL that names its producer's hosts wherever one can.
const tellTale = `<?xml version="1.0"?>
<!-- generated at http://int-7.backend.internal:8081/svc by int-7.backend.internal -->
<?style href="http://INT-7.backend.internal/x.css"?>
<w:definitions xmlns:w="http://schemas.xmlsoap.org/wsdl/" xmlns:s="http://schemas.xmlsoap.org/wsdl/soap/" xmlns:x="http://www.w3.org/2001/XMLSchema"
 xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="http://schemas.xmlsoap.org/wsdl/ http://other.internal/wsdl.xsd"
 xmlns:r="urn:riv:test:domain:GetThingResponder:1" targetNamespace="urn:riv:test:domain:GetThing:1:rivtabp21">
 <w:documentation>See http://int-7.backend.internal:8081/doc?a=1 or user@int-7.backend.internal, or <![CDATA[https://x:y@node2:9443/<b>]]>.
  <a href="http://int-7.backend.internal/page" title="on int-7.backend.internal">int-7.BACKEND.internal:8081</a></w:documentation>
 <w:import namespace="urn:part" location="http://int-7.backend.internal:8081/svc/part?wsdl=part.wsdl"/>
 <w:types><x:schema>
  <x:import namespace="urn:a" schemaLocation="http://int-7.backend.internal:8081/svc?xsd=1"/>
  <x:import namespace="urn:b" schemaLocation="xsd/b.xsd"/>
  <x:import namespace="urn:c" schemaLocation="//int-7.backend.internal:8081/c.xsd#frag"/>
  <x:import namespace="urn:d" schemaLocation="http://other.internal/d.xsd"/>
  <x:import namespace="urn:e" schemaLocation="http://www.w3.org/2001/xml.xsd"/>
  <x:import namespace="urn:f" schemaLocation="xsd/f.xsd?from=int-7.backend.internal"/>
 </x:schema></w:types>
 <w:message name="node2"/>
 <w:service name="S"><w:port name="P"><s:address location="https://node2:9443/svc"/></w:port></w:service>
</w:definitions>`

func tellTaleFiles() map[string]string {
	return map[string]string{
		inner + "/svc?wsdl":                              tellTale,
		inner + "/svc/part?wsdl=part.wsdl":               `<definitions xmlns="http://schemas.xmlsoap.org/wsdl/"><import namespace="urn:back" location="/svc?wsdl"/></definitions>`,
		inner + "/svc?xsd=1":                             schema("a", "http://int-7.backend.internal:8081/svc?xsd=2"),
		inner + "/svc?xsd=2":                             schema("a2"),
		inner + "/xsd/b.xsd":                             "302 " + "/moved/b.xsd",
		inner + "/moved/b.xsd":                           schema("b", "beside.xsd"),
		inner + "/moved/beside.xsd":                      schema("beside"),
		inner + "/c.xsd":                                 schema("c"),
		inner + "/xsd/f.xsd?from=int-7.backend.internal": schema("f"),
	}
}

func TestFetchedSourceLeavesNoTrace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		s := running(t, (&producer{files: tellTaleFiles()}).options(inner+"/svc?wsdl", 0, &log))
		base := gateway + thing21
		body := served(t, s, thing21+"?wsdl")
		checkLocations(t, body, base+"?xsd=svc/part%3Fwsdl%3Dpart.wsdl", base+"?xsd=svc%3Fxsd%3D1", base+"?xsd=xsd/b.xsd",
			base+"?xsd=c.xsd", "http://www.w3.org/2001/xml.xsd", base+"?xsd=part-5", base)
		contains(t, body, `<x:import namespace="urn:d"/>`, `<w:message name="node2"/>`, "<!---->",
			"See "+base+" or user@"+base+", or <![CDATA["+base+"<b>]]>.", `<a href="`+base+`" title="on `+base+`">`+base+`</a>`)

		seen := map[string]bool{}
		for queue := []string{"?wsdl"}; len(queue) > 0; queue = queue[1:] {
			if seen[queue[0]] {
				continue
			}
			seen[queue[0]] = true
			body := served(t, s, thing21+queue[0])
			for _, trace := range []string{"internal", "int-7", "9443", "8081", "//node2"} {
				if strings.Contains(strings.ToLower(body), trace) {
					t.Errorf("%s shows %s:\n%s", queue[0], trace, body)
				}
			}
			for _, location := range locationsOf(body) {
				if query, ours := strings.CutPrefix(location, base+"?"); ours {
					queue = append(queue, "?"+query)
				}
			}
		}
		if len(seen) != 9 {
			t.Errorf("%d documents are reached: %v", len(seen), seen)
		}
		if strings.Contains(log.String(), "WARN") {
			t.Error(log.String())
		}
	})
}

// What identifies is kept, and told.
func TestIdentifiersAreKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const namespace = "http://backend.internal/types"
		p := &producer{files: map[string]string{
			"http://backend.internal/svc?wsdl": wsdlWith(`<x:import namespace="` + namespace + `" schemaLocation="a.xsd"/>`),
			"http://backend.internal/a.xsd":    schema("a"),
		}}
		var log bytes.Buffer
		s := running(t, p.options("http://backend.internal/svc?wsdl", 0, &log))
		contains(t, served(t, s, thing21+"?wsdl"), `namespace="`+namespace+`"`)
		contains(t, log.String(), "a namespace or another identifier names an internal address, and is kept")
	})
}

func TestSourcesThatAreRefused(t *testing.T) {
	const url = "http://backend.internal/svc?wsdl"
	for _, test := range []struct {
		name  string
		files map[string]string
		text  string
	}{
		{"missing", nil, "404 Not Found"},
		{"an error with a body", map[string]string{url: "503"}, "503 Service Unavailable"},
		{"broken connection", map[string]string{url: "broken"}, "connection reset"},
		{"hangs", map[string]string{url: "hang"}, "deadline exceeded"},
		{"another contract", map[string]string{url: simple(thing, "urn:riv:test:domain:GetThingResponder:2")}, "describes another contract"},
		{"no interaction", map[string]string{url: simple("urn:x", resp)}, "no namespace with rivtabp"},
		{"schema", map[string]string{url: schema("a")}, "a schema, not a WSDL"},
		{"too large", map[string]string{url: strings.Repeat(" ", 9<<20)}, "larger than 8388608 bytes"},
		{"redirected away", map[string]string{url: "302 http://169.254.169.254/", "http://169.254.169.254/": simple(thing, resp)}, "redirected away from the source"},
		{"redirected to another port", map[string]string{url: "302 http://backend.internal:8080/"}, "redirected away from the source"},
		{"redirected in a circle", map[string]string{url: "302 " + url}, "redirected too often"},
		{"missing part", map[string]string{url: wsdlWith(imports("a.xsd"))}, "http://backend.internal/a.xsd: 404 Not Found"},
		{"include of another host", map[string]string{url: wsdlWith(`<x:include schemaLocation="http://other.internal/a.xsd"/>`)}, "http://other.internal/a.xsd does not lie at the source's host"},
		{"include of a file", map[string]string{url: wsdlWith(`<x:include schemaLocation="file:///etc/passwd"/>`)}, "does not lie at the source's host"},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var log bytes.Buffer
				p := &producer{files: test.files}
				s := running(t, p.options(url, 0, &log))
				time.Sleep(6 * time.Second) // the bubble's: past the timeout
				synctest.Wait()
				contains(t, log.String(), "level=WARN", test.text)
				if a := ask(s, thing21+"?wsdl", plain); a.status != 404 || strings.Contains(a.body, "\n") {
					t.Errorf("%+v", a)
				}
				for _, asked := range p.take() {
					if !strings.HasPrefix(asked, "http://backend.internal/") {
						t.Errorf("asked for %s", asked)
					}
				}
			})
		})
	}
}

func TestWhenASourceIsFetched(t *testing.T) {
	const url = "http://backend.internal/svc?wsdl"
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		p := &producer{files: map[string]string{url: "503"}}
		s := running(t, p.options(url, time.Minute, io.Discard))
		check := func(at time.Duration, fetches int, path string) {
			t.Helper()
			time.Sleep(time.Until(start.Add(at)))
			synctest.Wait()
			if got := len(p.take()); got != fetches {
				t.Errorf("at %v: %d fetches, want %d", at, got, fetches)
			}
			if a := ask(s, path+"?wsdl", plain); a.status != 200 {
				t.Errorf("at %v: %s is %d", at, path, a.status)
			}
		}
		time.Sleep(5 * time.Second)
		p.set(url, simple(thing, resp))
		check(11*time.Second, 2, thing21) // again after Retry
		check(69*time.Second, 0, thing21)
		p.set(url, "503")
		check(71*time.Second, 1, thing21) // what was fetched is kept
		p.set(url, simple("urn:riv:test:domain:GetThing:1:rivtabp20", resp))
		check(81*time.Second, 1, thing20)
		if a := ask(s, thing21+"?wsdl", plain); a.status != 404 {
			t.Errorf("the old path is %d", a.status)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		p := &producer{files: map[string]string{url: simple(thing, resp)}}
		s := running(t, p.options(url, 0, io.Discard))
		time.Sleep(24 * time.Hour)
		if asked := p.take(); len(asked) != 1 {
			t.Errorf("once is %d times", len(asked))
		}
		served(t, s, thing21+"?wsdl")
	})
}

func TestReloadWithSources(t *testing.T) {
	const url, other = "http://backend.internal/svc?wsdl", "http://backend.internal/other?wsdl"
	synctest.Test(t, func(t *testing.T) {
		p := &producer{files: map[string]string{url: simple(thing, resp), other: simple("urn:riv:a:b:C:1:rivtabp21", "urn:riv:a:b:CResponder:1")}}
		o := p.options(url, 0, io.Discard)
		o.Directory = folder(t, map[string]string{"thing.wsdl": wsdlWith("<x:annotation/>")})
		s := running(t, o)
		p.take()
		if strings.Contains(served(t, s, thing21+"?wsdl"), "annotation") {
			t.Error("the file goes before the source")
		}

		_, err := s.Reload(o)
		must(t, err)
		synctest.Wait()
		if asked := p.take(); len(asked) != 0 {
			t.Errorf("the same sources are fetched again: %v", asked)
		}
		if strings.Contains(served(t, s, thing21+"?wsdl"), "annotation") {
			t.Error("the file goes before the source")
		}

		o.Sources = []wsdl.Source{{Contract: "URN:riv:a:b:CResponder:1", URL: other}}
		_, err = s.Reload(o)
		must(t, err)
		synctest.Wait()
		if asked := p.take(); !slices.Equal(asked, []string{other}) {
			t.Errorf("asked for %v", asked)
		}
		contains(t, served(t, s, thing21+"?wsdl"), "annotation")
		served(t, s, "/vp/a/b/C/1/rivtabp21?wsdl")

		o.Client = nil
		if _, err := s.Reload(o); err == nil {
			t.Error("sources without a client")
		}
	})
}
