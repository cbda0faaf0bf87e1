package main

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"rivgate/bench/load"
)

// reply is what the producer answers with at a path.
type reply struct {
	status      int
	contentType string
	body        *load.Body
}

const (
	textXML = "text/xml; charset=utf-8"
	mtom    = `multipart/related; type="application/xop+xml"; start="<root@bench>"; start-info="text/xml"; boundary="part"`

	envelopeStart = `<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"><soapenv:Body>`
	envelopeEnd   = `</soapenv:Body></soapenv:Envelope>`
	thingStart    = envelopeStart + `<GetThingResponse xmlns="` + contract + `"><answer>`
	thingEnd      = `</answer></GetThingResponse>` + envelopeEnd
	faultBody     = envelopeStart + `<soapenv:Fault><faultcode>soapenv:Server</faultcode><faultstring>not today</faultstring></soapenv:Fault>` + envelopeEnd

	faultPath = "/fault"
	textPath  = "/text/" // and a size
	mtomPath  = "/mtom/" // and a size
)

// replyAt is the reply at a path. Producer and callers both go by it.
func replyAt(path string) (reply, error) {
	if path == faultPath {
		return reply{http.StatusInternalServerError, textXML, load.NewBody(faultBody, 0, "")}, nil
	}
	kind, digits, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	size, err := strconv.ParseInt(digits, 10, 64)
	switch {
	case err != nil:
		return reply{}, fmt.Errorf("producer's path %s: %w", path, err)
	case "/"+kind+"/" == textPath:
		return reply{http.StatusOK, textXML, load.NewBody(thingStart, size, thingEnd)}, nil
	case "/"+kind+"/" == mtomPath:
		return reply{http.StatusOK, mtom, multipart(envelopeStart+`<GetThingResponse xmlns="`+contract+`">`+include+`</GetThingResponse>`+envelopeEnd, size)}, nil
	}
	return reply{}, fmt.Errorf("the producer knows no path %s", path)
}

// include stands in an envelope for the attachment of a multipart body.
const include = `<xop:Include xmlns:xop="http://www.w3.org/2004/08/xop/include" href="cid:attachment@bench"/>`

// multipart is an MTOM body: an envelope and an attachment.
func multipart(envelope string, size int64) *load.Body {
	return load.NewBody("--part\r\nContent-Type: application/xop+xml; charset=UTF-8; type=\"text/xml\"\r\nContent-Transfer-Encoding: 8bit\r\n"+
		"Content-ID: <root@bench>\r\n\r\n"+envelope+"\r\n--part\r\nContent-Type: application/octet-stream\r\n"+
		"Content-Transfer-Encoding: binary\r\nContent-ID: <attachment@bench>\r\n\r\n", size, "\r\n--part--\r\n")
}

// produce is the producer: it reads the whole request, and answers with what
// its path says and with the sum of what it has read.
func produce(ctx context.Context, args []string, _, stderr io.Writer) error {
	set := flags("producer", stderr)
	dir := set.String("dir", "", "`folder` of the certificates")
	address := set.String("address", "", "`address` to listen on")
	if err := set.Parse(args); err != nil {
		return err
	}
	config, err := serverTLS(*dir, "producer")
	if err != nil {
		return err
	}
	var replies sync.Map // of reply by path
	buffers := sync.Pool{New: func() any { b := make([]byte, 32<<10); return &b }}
	return serve(ctx, *address, config, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		known, ok := replies.Load(r.URL.Path)
		if !ok {
			made, err := replyAt(r.URL.Path)
			if err != nil {
				http.Error(w, err.Error(), http.StatusNotFound)
				return
			}
			known, _ = replies.LoadOrStore(r.URL.Path, made)
		}
		answer := known.(reply)
		var sum load.Sum
		buffer := buffers.Get().(*[]byte)
		_, err := io.CopyBuffer(&sum, struct{ io.Reader }{r.Body}, *buffer)
		buffers.Put(buffer)
		if err != nil {
			panic(http.ErrAbortHandler)
		}
		h := w.Header()
		h["Content-Type"] = []string{answer.contentType}
		h["Content-Length"] = []string{strconv.FormatInt(answer.body.Len(), 10)}
		h[load.SumHeader] = []string{sum.String()}
		if id := r.Header[load.IDHeader]; id != nil {
			h[load.IDHeader] = id
		}
		w.WriteHeader(answer.status)
		_, _ = answer.body.WriteTo(w) // who left needs no answer
	}))
}

// serve serves HTTP/1.1 over TLS until ctx ends.
func serve(ctx context.Context, address string, config *tls.Config, handler http.Handler) error {
	server := &http.Server{Addr: address, TLSConfig: config, Handler: handler, ReadHeaderTimeout: time.Minute, Protocols: new(http.Protocols)}
	server.Protocols.SetHTTP1(true)
	stop := context.AfterFunc(ctx, func() { _ = server.Close() }) // the process ends with it
	defer stop()
	if err := server.ListenAndServeTLS("", ""); err != http.ErrServerClosed {
		return err
	}
	return nil
}
