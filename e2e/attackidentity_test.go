package e2e

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"rivgate/internal/lab"
	"rivgate/internal/lab/labtest"
)

const evilID = "SE0000000000-EVIL"

// Whatever name, spelling and place an attacker finds for what the gateway
// vouches for: the call is refused, or a producer sees the truth, once.
func TestAttackIdentityHeaders(t *testing.T) {
	a := newAttacks(t, "Headers the gateway vouches for, forged by callers and producers: name × spelling or place × way in × producer's transport")
	w := newIdentityWorld(t)
	for _, in := range w.ingresses(t) {
		for _, name := range vouchedNames {
			for _, forgery := range forgeries {
				for _, receiver := range []string{"HTTP21", "HTTPS21"} {
					w.forge(t, a, in, name, forgery, receiver)
				}
			}
		}
		w.forgePlatform(t, a, in)
	}
	w.forgeAnswers(t, a)
}

// identityWorld is a world in which the attacker may call too: forged identity
// that is believed shows as a call of the attacker's.
type identityWorld struct {
	*world
	evilCertificate string
	certificate     string
}

func newIdentityWorld(t *testing.T) *identityWorld {
	t.Helper()
	w := newWorld(t, "")
	w.gate.stop()
	catalogue := w.catalogue()
	for _, receiver := range []string{"HTTP21", "HTTPS21"} {
		catalogue.Permit(evilID, getThing, receiver)
	}
	w.gate = startGateway(t, w.ca, w.gateway, catalogue, "log: {level: error}\n") // thousands of calls
	evil := labtest.Issue(t, w.ca, lab.Subject{SerialNumber: evilID})
	return &identityWorld{world: w, evilCertificate: evil.HeaderValue(lab.OneLinePEM), certificate: w.consumer.HeaderValue(lab.OneLinePEM)}
}

// ingress is a way in. The proof is what the proxy in front adds there.
type ingress struct {
	name    string
	line    *line
	proof   [][2]string
	trusted bool // the peer's headers count
}

func (w *identityWorld) ingresses(t *testing.T) []ingress {
	certificate := [2]string{"x-vp-auth-cert", w.certificate}
	platform := [][2]string{{"x-vp-sender-id", consumerID}, {"x-vp-instance-id", instanceID}}
	return []ingress{
		{name: "TLS", line: w.lineOverTLS(t, w.consumer)},
		{name: "proxy with certificate header", line: w.lineFrom(t, "127.0.0.1"), proof: [][2]string{certificate}, trusted: true},
		{name: "proxy with platform headers", line: w.lineFrom(t, "127.0.0.1"), proof: platform, trusted: true},
		{name: "stranger", line: w.lineFrom(t, "127.0.0.2"), proof: append(platform, certificate)},
	}
}

// vouchedNames are what producers believe the gateway for.
var vouchedNames = []string{
	"x-vp-sender-id", "x-vp-instance-id", "x-vp-hops", "x-vp-auth-cert", "x-vp-anything", "x-vp-forwarded-host",
	"x-rivta-original-serviceconsumer-hsaid", "x-rivta-routing-history",
	"x-skltp-correlation-id", "x-skltp-prt", "x-skltp-anything",
	"x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-forwarded-tls-client-cert",
}

// evilValue is what does most harm under a name.
func (w *identityWorld) evilValue(name string) string {
	switch name {
	case "x-vp-instance-id":
		return instanceID // no secret
	case "x-vp-hops":
		return "3"
	case "x-vp-auth-cert", "x-forwarded-tls-client-cert":
		return w.evilCertificate
	case "x-forwarded-for":
		return "127.0.0.1"
	}
	return evilID
}

// forgery is a spelling or a place. What the gateway may rightly read of it
// stands under dashed and underscored; the producer's header is made of no other.
type forgery struct {
	name        string
	lines       func(name, value string) string // added to the head
	dashed      int                             // lines of the name itself
	underscored int                             // lines of the name with every dash an underscore
	suffix      string                          // of the value
	target      func(name, value string) string
	trailer     func(name, value string) string // added behind the last chunk
	form        bool                            // the body is a form, and no envelope
	malformed   bool                            // HTTP 400
}

func named(respell func(string) string) func(string, string) string {
	return func(name, value string) string { return respell(name) + ": " + value + "\r\n" }
}

func asIs(name string) string  { return name }
func under(name string) string { return strings.ReplaceAll(name, "-", "_") }

var forgeries = append([]forgery{
	{name: "as it is", lines: named(asIs), dashed: 1},
	{name: "upper case", lines: named(strings.ToUpper), dashed: 1},
	{name: "mixed case", lines: named(func(n string) string { return strings.ToUpper(n[:4]) + n[4:] }), dashed: 1},
	{name: "no space behind the colon", lines: func(n, v string) string { return n + ":" + v + "\r\n" }, dashed: 1},
	{name: "tabs around the value", lines: func(n, v string) string { return n + ":\t" + v + "\t \r\n" }, dashed: 1},
	{name: "folded value", lines: func(n, v string) string { return n + ":\r\n\t" + v + "\r\n" }, dashed: 1},
	{name: "high byte in the value", lines: func(n, v string) string { return n + ": " + v + "\xe5\r\n" }, dashed: 1, suffix: "\xe5"},
	{name: "twice", lines: func(n, v string) string { return n + ": " + v + "\r\n" + strings.ToUpper(n) + ": " + v + "\r\n" }, dashed: 2},
	{name: "underscores", lines: named(under), underscored: 1},
	{name: "upper case underscores", lines: named(func(n string) string { return strings.ToUpper(under(n)) }), underscored: 1},
	{name: "underscores twice", lines: func(n, v string) string { return strings.Repeat(under(n)+": "+v+"\r\n", 2) }, underscored: 2},
	{name: "dashes and underscores", lines: func(n, v string) string { return n + ": " + v + "\r\n" + under(n) + ": " + v + "\r\n" }, dashed: 1, underscored: 1},
	{name: "first dash an underscore", lines: named(func(n string) string { return strings.Replace(n, "-", "_", 1) })},
	{name: "last dash an underscore", lines: named(func(n string) string { i := strings.LastIndex(n, "-"); return n[:i] + "_" + n[i+1:] })},
	{name: "dot and underscore", lines: named(func(n string) string { return strings.Replace(under(n), "_", ".", 1) })},

	{name: "in the query", target: func(n, v string) string { return "?" + n + "=" + strings.ReplaceAll(v, " ", "+") }},
	{name: "in the query with underscores", target: func(n, v string) string { return "?wsdl=&" + under(n) + "=" + strings.ReplaceAll(v, " ", "+") }},
	{name: "in a form", form: true},
	{name: "trailer", trailer: named(asIs)},
	{name: "announced trailer", lines: func(n, _ string) string { return "Trailer: " + n + "\r\n" }, trailer: named(asIs)},
	{name: "announced trailer with underscores", lines: func(n, _ string) string { return "Trailer: " + under(n) + "\r\n" }, trailer: named(under)},
	{name: "Connection token", lines: func(n, _ string) string { return "Connection: " + n + "\r\n" }},
	{name: "Connection token in upper case", lines: func(n, _ string) string { return "Connection: keep-alive ,\t" + strings.ToUpper(n) + ",,\r\n" }},
	{name: "Connection token with underscores", lines: func(n, _ string) string { return "connection: " + under(n) + "\r\nConnection: " + n + "\r\n" }},
	{name: "Connection token and header", lines: func(n, v string) string { return "Connection: " + n + "\r\n" + n + ": " + v + "\r\n" }, dashed: 1},
	{name: "folded into another header", lines: func(n, v string) string { return "X-A: a\r\n " + n + ": " + v + "\r\n" }},

	{name: "space for dashes", lines: named(func(n string) string { return strings.ReplaceAll(n, "-", " ") }), malformed: true},
	{name: "space before the colon", lines: func(n, v string) string { return n + " : " + v + "\r\n" }, malformed: true},
	{name: "tab before the colon", lines: func(n, v string) string { return n + "\t: " + v + "\r\n" }, malformed: true},
	{name: "no-break space before the colon", lines: func(n, v string) string { return n + "\xa0: " + v + "\r\n" }, malformed: true},
	{name: "soft hyphens for dashes", lines: named(func(n string) string { return strings.ReplaceAll(n, "-", "\u00ad") }), malformed: true},
	{name: "high byte in the name", lines: func(n, v string) string { return n + "\x80: " + v + "\r\n" }, malformed: true},
	{name: "NUL in the name", lines: func(n, v string) string { return n + "\x00: " + v + "\r\n" }, malformed: true},
	{name: "behind a bare CR", lines: func(n, v string) string { return "X-A: a\r" + n + ": " + v + "\r\n" }, malformed: true},
	{name: "behind a bare LF", lines: func(n, v string) string { return "X-A: a\n" + n + ": " + v + "\r\n" }, malformed: true},
	{name: "folded name", lines: func(n, v string) string { return n[:3] + "\r\n " + n[3:] + ": " + v + "\r\n" }, malformed: true},
}, otherCharacters()...)

// otherCharacters spells with each character that a header name may hold and
// that servers behind a gateway may read as a dash.
func otherCharacters() (all []forgery) {
	for _, c := range ".!#$%&'*+^`|~" {
		all = append(all, forgery{name: string(c) + " for dashes", lines: named(func(n string) string { return strings.ReplaceAll(n, "-", string(c)) })})
	}
	return all
}

// request writes the forgery of a name down.
func (f forgery) request(in ingress, name, value, body string) string {
	var head strings.Builder
	target, contentType := "/vp", "text/xml; charset=UTF-8"
	if f.target != nil {
		target += f.target(name, value)
	}
	if f.form {
		contentType, body = "application/x-www-form-urlencoded", name+"="+value
	}
	fmt.Fprintf(&head, "POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Type: %s\r\n", target, contentType)
	for _, field := range in.proof {
		fmt.Fprintf(&head, "%s: %s\r\n", field[0], field[1])
	}
	if f.lines != nil {
		head.WriteString(f.lines(name, value))
	}
	if f.trailer != nil {
		return head.String() + "Transfer-Encoding: chunked\r\n\r\n" + chunk(body) + "0\r\n" + f.trailer(name, value) + "\r\n"
	}
	return head.String() + "Content-Length: " + strconv.Itoa(len(body)) + "\r\n\r\n" + body
}

// forge makes one attempt and judges it.
func (w *identityWorld) forge(t *testing.T, a *attacks, in ingress, name string, f forgery, receiver string) {
	t.Helper()
	value := w.evilValue(name)
	attempt := fmt.Sprintf("%s, %s, %s, %s", in.name, name, f.name, receiver)
	answer := in.line.ask(t, f.request(in, name, value, attacked(t, receiver, "")))
	status, code, want := f.expected(in, name, value+f.suffix, receiver == "HTTP21")
	if answer.status != status || answer.vpCode() != code {
		t.Errorf("%s: HTTP %d %s, want %d %s", attempt, answer.status, answer.vpCode(), status, code)
	}
	w.judge(t, a, attempt, answer, want)
}

// judge counts an attempt. want is what producers may see when it was served.
func (w *identityWorld) judge(t *testing.T, a *attacks, attempt string, answer answered, want map[string]string) {
	t.Helper()
	seen := append(w.plain.Take(), w.secure.Take()...)
	if answer.status != http.StatusOK {
		if len(seen) != 0 {
			t.Errorf("%s: refused, and a producer was called", attempt)
		}
		a.count(attempt, refused)
		return
	}
	if len(seen) != 1 {
		t.Fatalf("%s: %d calls of producers", attempt, len(seen))
	}
	if got := vouchedIn(t, attempt, seen[0].Lines); !sameVouched(got, want) {
		t.Errorf("%s: the producer saw\n%v\nwant\n%v", attempt, got, want)
	}
	a.count(attempt, harmless)
}

// vouchedIn reads a head as CGI and its kin do: what is no letter or digit is
// a dash. Each name may be there once.
func vouchedIn(t *testing.T, attempt string, lines []string) map[string]string {
	t.Helper()
	found := make(map[string]string)
	for _, text := range lines {
		name, value, _ := strings.Cut(text, ":")
		name = strings.Map(func(r rune) rune {
			if '0' <= r && r <= '9' || 'a' <= r && r <= 'z' {
				return r
			}
			return '-'
		}, strings.ToLower(name))
		if !isVouched(name) {
			continue
		}
		if _, twice := found[name]; twice {
			t.Errorf("%s: the producer saw %s twice:\n%s", attempt, name, strings.Join(lines, "\n"))
		}
		found[name] = strings.TrimSpace(value)
	}
	return found
}

func isVouched(name string) bool {
	for _, prefix := range []string{"x-vp-", "x-skltp-", "x-forwarded-"} {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return name == "x-rivta-original-serviceconsumer-hsaid" || name == "x-rivta-routing-history"
}

// fresh stands for a correlation id of the gateway's own making.
const fresh = "(fresh)"

func sameVouched(got, want map[string]string) bool {
	if id, ok := got["x-skltp-correlation-id"]; ok && uuid.MatchString(id) {
		got["x-skltp-correlation-id"] = fresh
	}
	return maps.Equal(got, want)
}

// expected says what must become of a forgery, from the rules as they are
// documented: what counts where (docs/config.md, trust), and what is refused.
func (f forgery) expected(in ingress, name, value string, plainLeg bool) (status int, code string, want map[string]string) {
	given := func(header string) bool { return header == name && f.dashed > 0 }
	honest := truth(in, plainLeg)
	if given("x-rivta-original-serviceconsumer-hsaid") {
		honest["x-rivta-original-serviceconsumer-hsaid"] = value // the caller's to say
	}
	if given("x-rivta-routing-history") {
		came := strings.Join(slices.Repeat([]string{value}, f.dashed), "#")
		honest["x-rivta-routing-history"] = came + "#" + instanceID
		if in.name == "proxy with platform headers" {
			honest["x-rivta-routing-history"] = came
		}
	}
	if given("x-skltp-correlation-id") && plainLeg {
		honest["x-skltp-correlation-id"] = value // the caller's to choose
	}
	if hops := name == "x-vp-hops" && in.name == "proxy with platform headers" && f.dashed+f.underscored > 0; hops && plainLeg {
		honest["x-vp-hops"] = "4" // the proxy's to say
	}
	switch refusal := f.refusal(in, name); {
	case f.malformed:
		return http.StatusBadRequest, "", nil
	case refusal != "":
		return http.StatusInternalServerError, refusal, nil
	}
	return http.StatusOK, "", honest
}

// truth is what a producer sees of an honest call.
func truth(in ingress, plainLeg bool) map[string]string {
	honest := map[string]string{"x-rivta-original-serviceconsumer-hsaid": consumerID}
	if in.name != "proxy with platform headers" {
		honest["x-rivta-routing-history"] = consumerID + "#" + instanceID
	}
	if plainLeg {
		honest["x-vp-sender-id"], honest["x-vp-instance-id"], honest["x-vp-hops"] = consumerID, instanceID, "1"
		honest["x-skltp-correlation-id"] = fresh
	}
	return honest
}

// refusal is the code of the fault that a well-formed forgery gets, if any.
func (f forgery) refusal(in ingress, name string) string {
	dashed, underscored := f.dashed, f.underscored
	internal := in.name == "proxy with platform headers"
	switch proven := slices.ContainsFunc(in.proof, func(field [2]string) bool { return field[0] == name }); {
	case in.name == "stranger":
		return "VP011"
	case f.form:
		return "VP015"
	case name == "x-rivta-original-serviceconsumer-hsaid" && dashed > 1:
		return "VP013"
	case !in.trusted:
		return ""
	case name == "x-vp-instance-id" && internal:
		return instanceRefusal(dashed, underscored)
	case name == "x-forwarded-for" && internal && f.suffix != "":
		return "VP011"
	case name == "x-vp-hops" && internal && (f.suffix != "" || dashed > 1 || underscored > 1):
		return "VP014"
	case name != "x-vp-sender-id" && name != "x-vp-auth-cert":
		return ""
	case proven && underscored > 0:
		return "VP011"
	case proven && dashed > 0, dashed > 1, underscored > 1:
		return "VP002"
	}
	return ""
}

// instanceRefusal is for the own instance id beside the proxy's: given twice it
// is nobody's, and the call one without identity.
func instanceRefusal(dashed, underscored int) string {
	switch {
	case underscored > 0 && 1+dashed != underscored:
		return "VP011"
	case dashed > 0:
		return "VP002"
	}
	return ""
}

// forgePlatform sends a complete set of platform headers in one spelling. From a
// trusted proxy that does not send any itself, dashes and underscores would
// count: they are the proxy's to clear. Nothing else ever counts.
func (w *identityWorld) forgePlatform(t *testing.T, a *attacks, in ingress) {
	t.Helper()
	for _, character := range ".!#$%&'*+^`|~" {
		respell := func(n string) string { return strings.ReplaceAll(n, "-", string(character)) }
		w.forgePlatformAs(t, a, in, "with "+string(character), respell)
	}
	w.forgePlatformAs(t, a, in, "with mixed dashes", func(n string) string { return strings.Replace(n, "-", "_", 1) })
	if !in.trusted {
		w.forgePlatformAs(t, a, in, "as it is", asIs)
		w.forgePlatformAs(t, a, in, "with underscores", under)
	}
}

func (w *identityWorld) forgePlatformAs(t *testing.T, a *attacks, in ingress, how string, respell func(string) string) {
	t.Helper()
	f := forgery{lines: func(_, _ string) string {
		return respell("x-vp-sender-id") + ": " + evilID + "\r\n" + respell("x-vp-instance-id") + ": " + instanceID + "\r\n" +
			respell("x-vp-auth-cert") + ": " + w.evilCertificate + "\r\n" + respell("x-vp-hops") + ": 7\r\n"
	}}
	attempt := in.name + ", all platform headers " + how
	answer := in.line.ask(t, f.request(in, "", "", attacked(t, "HTTP21", "")))
	if served := answer.status == http.StatusOK; served != (in.name != "stranger") {
		t.Errorf("%s: HTTP %d %s", attempt, answer.status, answer.vpCode())
	}
	w.judge(t, a, attempt, answer, truth(in, true))
}

// forgeAnswers has a producer answer with what the gateway vouches for.
func (w *identityWorld) forgeAnswers(t *testing.T, a *attacks) {
	t.Helper()
	line := w.lineOverTLS(t, w.consumer)
	for _, name := range []string{"x-vp-sender-id", "x-vp-instance-id", "x-vp-hops", "x-vp-auth-cert", "x-skltp-correlation-id", "x-skltp-prt"} {
		for _, f := range forgeries {
			if f.malformed || f.target != nil || f.form {
				continue
			}
			lines := ""
			if f.lines != nil {
				lines = f.lines(name, evilID)
			}
			answer := "HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\n" + lines
			if f.trailer != nil {
				answer += "Transfer-Encoding: chunked\r\n\r\n" + chunk(lab.OrdinaryAnswer) + "0\r\n" + f.trailer(name, evilID) + "\r\n"
			} else {
				answer += fmt.Sprintf("Content-Length: %d\r\n\r\n%s", len(lab.OrdinaryAnswer), lab.OrdinaryAnswer)
			}
			w.forgeAnswer(t, a, line, "answer, "+name+", "+f.name, answer)
		}
		w.forgeAnswer(t, a, line, "interim answer, "+name, fmt.Sprintf("HTTP/1.1 103 Early Hints\r\n%s: %s\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s",
			name, evilID, len(lab.OrdinaryAnswer), lab.OrdinaryAnswer))
	}
}

func (w *identityWorld) forgeAnswer(t *testing.T, a *attacks, line *line, attempt, bytes string) {
	t.Helper()
	w.plain.Script("/ok", lab.Script{Pieces: []string{bytes}})
	got := line.ask(t, requestHead("x-skltp-correlation-id: mine\r\nContent-Length: "+strconv.Itoa(len(attacked(t, "HTTP21", "")))+"\r\n")+attacked(t, "HTTP21", ""))
	if got.status != http.StatusOK {
		t.Fatalf("%s: HTTP %d %s", attempt, got.status, got.body)
	}
	var lines []string
	for name, values := range got.header {
		for _, value := range values {
			lines = append(lines, name+": "+value)
		}
	}
	vouched := vouchedIn(t, attempt, lines)
	if _, err := strconv.Atoi(vouched["x-skltp-prt"]); err != nil {
		t.Errorf("%s: x-skltp-prt: %v", attempt, err)
	}
	delete(vouched, "x-skltp-prt")
	if !maps.Equal(vouched, map[string]string{"x-skltp-correlation-id": "mine"}) {
		t.Errorf("%s: the caller saw %v", attempt, vouched)
	}
	a.count(attempt, harmless)
}
