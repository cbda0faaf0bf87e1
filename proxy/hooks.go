package proxy

import (
	"context"
	"io"
	"log"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strconv"
	"sync"
)

// reverseProxy is the one HTTP engine. Its hooks apply what the stages decided
// and decide nothing.
func (g *Gateway) reverseProxy() *httputil.ReverseProxy {
	return &httputil.ReverseProxy{
		Rewrite:        rewrite,
		Transport:      producers{g},
		ModifyResponse: modifyResponse,
		ErrorHandler: func(_ http.ResponseWriter, r *http.Request, err error) {
			c := callOf(r.Context())
			g.fail(c.writer, c, err)
		},
		BufferPool: newCopyBuffers(),
		ErrorLog:   log.New(io.Discard, "", 0), // what goes wrong is in the call's record
	}
}

// outline is the request the reverse proxy sees: the call's context and
// nothing of the caller's headers, so that none of them can steer it.
func outline(ctx context.Context) *http.Request {
	r := &http.Request{
		Method: http.MethodPost, URL: &url.URL{}, Header: http.Header{},
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
	}
	return r.WithContext(ctx)
}

func rewrite(pr *httputil.ProxyRequest) {
	c := callOf(pr.Out.Context())
	pr.Out.URL.Scheme, pr.Out.URL.Host = c.Target.Scheme, c.Target.Host
	pr.Out.Host = c.Target.Host
	pr.Out.Header = c.Out
	pr.Out.Close = !c.Virtualisation.KeepAlive
	pr.Out.Body = io.NopCloser(c.Message.Body(c.Edits))
	pr.Out.ContentLength = c.Message.Length(c.In.ContentLength, c.Edits)
}

// modifyResponse adds to an answer that is passed on what every answer carries.
func modifyResponse(answer *http.Response) error {
	c := callOf(answer.Request.Context())
	if answer.ContentLength >= 0 {
		answer.Header["Content-Length"] = []string{strconv.FormatInt(answer.ContentLength, 10)}
	}
	answer.Header["X-Skltp-Prt"] = []string{strconv.FormatInt(c.answered.Sub(c.began).Milliseconds(), 10)}
	c.writer.common(c)
	return nil
}

// copyBuffers lends the buffers that answers are copied with.
type copyBuffers struct{ pool sync.Pool }

func newCopyBuffers() *copyBuffers {
	return &copyBuffers{pool: sync.Pool{New: func() any { return new([32 << 10]byte) }}}
}

func (b *copyBuffers) Get() []byte { return b.pool.Get().(*[32 << 10]byte)[:] }

func (b *copyBuffers) Put(p []byte) { b.pool.Put((*[32 << 10]byte)(p)) }
