package proxy

import (
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
)

func TestEveryHeaderRuleStopsItsHeader(t *testing.T) {
	rules := NewHeaderRules(HeaderOptions{
		CertificateHeader: "X-Client-Pem", ClientIPHeader: "X-Real-Ip", ForwardedHeaders: []string{"X-Asked-Host", "X-Asked-Port", "X-Asked-Proto"},
		RemoveRequest: []string{"X-Secret", "X-Team-*"}, RemoveAnswer: []string{"Server"},
	})
	if len(rules.Table()) != len(builtInHeaders)+9 {
		t.Fatalf("table has %d rows, want the %d built-in ones and 9", len(rules.Table()), len(builtInHeaders))
	}
	for _, rule := range rules.Table() {
		name := rule.Name
		if name[len(name)-1] == '*' {
			name = name[:len(name)-1] + "rest"
		}
		if rules.Passes(rule.Direction, http.CanonicalHeaderKey(name), nil) {
			t.Errorf("%s passes (%s)", name, rule.Direction)
		}
	}
}

func TestWhatNoRuleNamesPasses(t *testing.T) {
	rules := NewHeaderRules(HeaderOptions{CertificateHeader: "x-vp-auth-cert"})
	for _, name := range []string{
		"Soapaction", "Authorization", "Cookie", "Accept", "Accept-Language", "Forwarded", "X-Mule-Thing", "Traceparent",
		"Range", "If-None-Match", "Content-Encoding", "X-Rivta-Acting-On-Behalf-Of-Hsaid", "X-Real-Ip", "Org.apache.camel.x",
	} {
		if !rules.Passes(ToProducer, name, nil) {
			t.Errorf("%s does not reach the producer", name)
		}
	}
	for _, name := range []string{
		"Server", "Set-Cookie", "Content-Encoding", "Location", "X-Rivta-Routing-History", "Vary", "Etag", "Www-Authenticate",
		"X-Forwarded-Host", "X-Rivta-Original-Serviceconsumer-Hsaid", "X-Custom-Answer",
	} {
		if !rules.Passes(ToConsumer, name, nil) {
			t.Errorf("%s does not reach the consumer", name)
		}
	}
}

func TestVouchedHeadersPassInNoSpelling(t *testing.T) {
	rules := NewHeaderRules(HeaderOptions{CertificateHeader: "X-Forwarded-Tls-Client-Cert", ClientIPHeader: "X-Forwarded-For"})
	for _, name := range []string{
		"X-Vp-Sender-Id", "X_vp_sender_id", "X.vp.sender.id", "X-Vp.instance_id", "X_VP_HOPS", "x_vp-anything",
		"X_rivta_original_serviceconsumer_hsaid", "X-Rivta.routing-History", "X_skltp_correlation_id",
		"Transfer_encoding", "Content_length", "X_forwarded_tls_client_cert", "X.forwarded.for",
		"X~vp~sender~id", "X'vp'instance'id", "X-Vp!hops", "X|rivta|routing|history", "X*skltp*anything", "Content!length",
	} {
		if rules.Passes(ToProducer, name, nil) {
			t.Errorf("%s passes", name)
		}
	}
}

// A rule for all names that begin alike holds for the beginning itself, and for no
// other name that has its letters.
func TestPrefixOfANameIsItselfStopped(t *testing.T) {
	for spelling, others := range map[Spelling][]string{Exact: {"x_own-", "X.own-a"}, AnySpelling: nil} {
		set := newNameSet()
		set.add(HeaderRule{Name: "x-own-*", Spelling: spelling})
		set.decide()
		for _, name := range []string{"x-own-", "X-OWN-", "X-Own-A"} {
			if !set.holds(name) {
				t.Errorf("%s is not held", name)
			}
		}
		for _, name := range append(others, "x-own", "x-ow", "", "y-own-", "ax-own-a", "Content-Type") {
			if set.holds(name) {
				t.Errorf("%s is held", name)
			}
		}
	}
}

// Usual names are decided in advance as any name is when it comes.
func TestUsualNamesAreDecidedAsAny(t *testing.T) {
	for _, certificate := range []string{"", "Accept", "User_Agent", "x-forwarded-for", "SOAPAction"} {
		rules := NewHeaderRules(HeaderOptions{CertificateHeader: certificate, ClientIPHeader: certificate})
		for _, set := range []*nameSet{&rules.request, &rules.answer} {
			if len(set.usual) != len(usualNames) {
				t.Error("nothing is decided")
			}
			for _, name := range usualNames {
				if got, want := set.holds(name), set.decided(name); got != want {
					t.Errorf("%s is held: %t, want %t", name, got, want)
				}
			}
		}
	}
}

func TestConnectionTokensTakeTheirHeadersAway(t *testing.T) {
	rules := NewHeaderRules(HeaderOptions{})
	if rules.Passes(ToProducer, "X-Hop", []string{"close, x-hop"}) {
		t.Error("a header that Connection names passes")
	}
	if !rules.Passes(ToProducer, "X-Hop", []string{"close"}) {
		t.Error("a header that Connection does not name is stopped")
	}
}

func TestSOAPActionKeepsItsSpelling(t *testing.T) {
	out := http.Header{}
	NewHeaderRules(HeaderOptions{}).copyPassing(ToProducer, out, http.Header{"Soapaction": {`"a"`}, "X-Two": {"1", "2"}})
	if !slices.Equal(out["SOAPAction"], []string{`"a"`}) || !slices.Equal(out["X-Two"], []string{"1", "2"}) || len(out) != 2 {
		t.Errorf("got %v", out)
	}
}

// docs/headers.md lists the table as it is, row for row.
func TestHeadersPage(t *testing.T) {
	page, err := os.ReadFile("../docs/headers.md")
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	for _, rule := range builtInHeaders {
		set := rule.Set
		if set == "" {
			set = "–"
		}
		want = append(want, fmt.Sprintf("| `%s` | %s | %s | %s |", rule.Name, rule.Spelling, rule.Owner, set))
	}
	var got []string
	for line := range strings.Lines(string(page)) {
		if strings.HasPrefix(line, "| `") {
			got = append(got, strings.TrimSpace(line))
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("docs/headers.md has\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}
