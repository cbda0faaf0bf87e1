package demo

import (
	"context"
	"fmt"
	"io"
	"net"
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
	body, err := example.Envelope.Bytes()
	if err != nil {
		return err
	}
	s.say("A call over mutual TLS: %s", example.Shows)
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

// suggest prints a curl line for every example.
func (s *story) suggest() {
	s.say("To try yourself:")
	for _, example := range s.sandbox.Examples {
		expected := fmt.Sprintf("HTTP %d", example.Status)
		if example.Code != "" {
			expected += " " + example.Code
		}
		s.say("\n# %s (%s)\n%s", example.Shows, expected, s.curl(example))
	}
	s.say("\n# How the gateway is (HTTP 200)\ncurl http://%s/status", s.gateway.AdminAddr())
	s.say("\n# Why the first call went where it went (HTTP 200)\ncurl '%s'", s.explainURL(s.sandbox.Examples[0]))
	s.say("\nCtrl-C ends it.")
}

// explainURL asks the gateway how an example's call is decided.
func (s *story) explainURL(example lab.Example) string {
	return fmt.Sprintf("http://%s/api/explain?contract=%s&receiver=%s", s.gateway.AdminAddr(),
		example.Envelope.Contract, example.Envelope.Receiver)
}

func (s *story) curl(example lab.Example) string {
	files := s.sandbox.Files
	cert, key := files.ConsumerCert, files.ConsumerKey
	if example.Caller == s.sandbox.Stranger {
		cert, key = files.StrangerCert, files.StrangerKey
	}
	return fmt.Sprintf("curl --cacert %s --cert %s --key %s \\\n  -H 'Content-Type: %s' --data-binary @%s %s",
		files.CA, cert, key, example.Envelope.ContentType(), example.File, s.url())
}
