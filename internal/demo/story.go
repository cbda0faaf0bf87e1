package demo

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"

	"rivgate/internal/app"
	"rivgate/internal/lab"
)

// story is what the demo tells.
type story struct {
	out     io.Writer
	sandbox *lab.Sandbox
	gateway *app.App
	keep    bool
}

func (s *story) say(format string, args ...any) { fmt.Fprintf(s.out, format+"\n", args...) }

// url is the gateway's TLS listener, by a name its certificate bears.
func (s *story) url() string {
	_, port, err := net.SplitHostPort(s.gateway.Addr("https").String())
	if err != nil {
		return ""
	}
	return "https://localhost:" + port + "/vp"
}

func (s *story) open() {
	fate := "goes away with this process"
	if s.keep {
		fate = "stays there"
	}
	s.say("rivgate demo: everything below lives in %s and %s.", s.sandbox.Dir, fate)
	s.say("")
	s.say("  TLS listener    %s", s.url())
	s.say("  plain listener  http://%s/vp   (for a TLS-terminating proxy on this machine)", s.gateway.Addr("http"))
	s.say("  for operators   http://%s/", s.gateway.AdminAddr())
	s.say("  catalogue       %s", s.sandbox.TAK.URL())
	s.say("  producers       %s and %s", s.sandbox.Plain.URL("/"), s.sandbox.Secure.URL("/"))
	s.say("  log             %s/rivgate.log", s.sandbox.Dir)
	s.say("")
}

// call makes the first example's call and prints both sides of it.
func (s *story) call(ctx context.Context) error {
	example := s.sandbox.Examples[0]
	body, err := example.Bytes()
	if err != nil {
		return err
	}
	s.say("A call over mutual TLS, %s:", example.Shows)
	s.say("")
	s.say("> POST %s\n> Content-Type: %s\n>\n> %s", s.url(), example.Envelope.ContentType(), body)
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	client := lab.Client(lab.ClientTLS(example.Caller, s.sandbox.CA))
	defer client.CloseIdleConnections()
	reply, err := lab.Call(ctx, client, s.url(), example.Envelope, nil)
	if err != nil {
		return fmt.Errorf("the call failed: %w", err)
	}
	s.say("")
	s.say("< HTTP %d", reply.Status)
	for _, name := range []string{"Content-Type", "X-Skltp-Correlation-Id", "X-Skltp-Prt"} {
		s.say("< %s: %s", strings.ToLower(name), reply.Header.Get(name))
	}
	s.say("<\n< %s\n", reply.Body)
	if reply.Status != example.Status || reply.Fault != nil {
		return fmt.Errorf("the call was answered with HTTP %d, %d was expected", reply.Status, example.Status)
	}
	return nil
}

// suggest prints a curl line for every example, those that succeed first.
func (s *story) suggest() {
	said := ""
	for _, example := range s.sandbox.Examples {
		expected := fmt.Sprintf("HTTP %d", example.Status)
		if example.Code != "" {
			expected += " " + example.Code
		}
		if heading := heading(example); heading != said {
			s.say("== %s ==\n", heading)
			said = heading
		}
		s.say("# %s (%s)\n%s\n", example.Shows, expected, s.curl(example))
	}
	s.say("== For operators ==\n")
	s.say("# How the gateway is (HTTP 200)\ncurl http://%s/status\n", s.gateway.AdminAddr())
	s.say("# Why the first call went where it went (HTTP 200)\ncurl '%s'\n", s.explainURL(s.sandbox.Examples[0]))
	s.say("# What has been counted (HTTP 200)\ncurl http://%s/metrics\n", s.gateway.AdminAddr())
	s.say("docs/tour.md says of each why it ends as it does. Ctrl-C ends the demo.")
}

func heading(example lab.Example) string {
	switch {
	case example.Status == http.StatusOK:
		return "Calls that succeed"
	case example.Code == "VP009" || example.Code == "":
		return "Calls that fail at the producer"
	}
	return "Calls that the gateway refuses"
}

// explainURL asks the gateway how an example's call is decided.
func (s *story) explainURL(example lab.Example) string {
	return fmt.Sprintf("http://%s/api/explain?contract=%s&receiver=%s&sender=%s", s.gateway.AdminAddr(),
		example.Envelope.Contract, example.Envelope.Receiver, example.Caller.Cert.Subject.SerialNumber)
}

func (s *story) curl(example lab.Example) string {
	to, credentials := fmt.Sprintf("http://%s/vp", s.gateway.Addr("http")), ""
	if cert, key := s.certificate(example.Caller); cert != "" {
		to = s.url()
		credentials = fmt.Sprintf("--cacert %s --cert %s --key %s \\\n  ", s.sandbox.Files.CA, cert, key)
	}
	headers := ""
	for _, header := range example.Header {
		headers += fmt.Sprintf("-H '%s' ", header)
	}
	if headers != "" {
		headers += "\\\n  "
	}
	return fmt.Sprintf("curl -i %s%s-H 'Content-Type: %s' --data-binary @%s %s", credentials, headers, example.Envelope.ContentType(), example.File, to)
}

// certificate is where a caller's certificate and key are; empty for nobody.
func (s *story) certificate(caller *lab.Identity) (cert, key string) {
	files := s.sandbox.Files
	switch caller {
	case s.sandbox.Consumer:
		return files.ConsumerCert, files.ConsumerKey
	case s.sandbox.Stranger:
		return files.StrangerCert, files.StrangerKey
	case s.sandbox.Nameless:
		return files.NamelessCert, files.NamelessKey
	}
	return "", ""
}
