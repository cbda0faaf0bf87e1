package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"rivgate/internal/lab"
)

// lastCall is the line of a call, once it is there.
func lastCall(t *testing.T, w *world, correlation string) map[string]any {
	t.Helper()
	return oneEvent(t, w, correlation, "call")
}

func oneEvent(t *testing.T, w *world, correlation, action string) map[string]any {
	t.Helper()
	var event map[string]any
	eventually(t, action+" of "+correlation, func() bool {
		for _, line := range w.gate.log.lines(`"trace.id":"` + correlation + `"`) {
			event = nil
			must(t, json.Unmarshal([]byte(line), &event))
			if event["event.action"] == action {
				return true
			}
		}
		return false
	})
	return event
}

const (
	requestContent = "http.request.body.content"
	answerContent  = "http.response.body.content"
)

// Whose messages are in the log: by direction and by contract, and nobody's by
// default.
func TestPayloadByDirectionAndContract(t *testing.T) {
	for _, test := range []struct {
		name, log       string
		request, answer bool
	}{
		{"default", "", false, false},
		{"off", "log: {payload: off}", false, false},
		{"request", "log: {payload: request}", true, false},
		{"response", "log: {payload: response}", false, true},
		{"both", "log: {payload: both}", true, true},
		{"this contract", `log: {payload: both, payload_contracts: ["` + getThing + `"]}`, true, true},
		{"another contract", `log: {payload: both, payload_contracts: ["` + slowThing + `"]}`, false, false},
		{"of no bytes", "log: {payload: both, payload_max: 0}", false, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t, test.log+"\n")
			answer, err := w.overTLS(w.consumer).Send(t.Context(), recordedRequest("AT-OK", "id"))
			must(t, err)
			call := lastCall(t, w, "id")
			if _, there := call[requestContent]; there != test.request {
				t.Errorf("request logged: %t, want %t", there, test.request)
			}
			if _, there := call[answerContent]; there != test.answer {
				t.Errorf("answer logged: %t, want %t", there, test.answer)
			}
			if test.answer && call[answerContent] != string(answer.Body) {
				t.Errorf("the log has the answer\n%s\nthe caller got\n%s", call[answerContent], answer.Body)
			}
		})
	}
}

// A fault of the gateway's own is an answer too, as in VP.
func TestPayloadOfAFault(t *testing.T) {
	w := newWorld(t, "log: {payload: both, events: vp}\n")
	answer, err := w.overTLS(w.consumer).Send(t.Context(), recordedRequest("NOPERM", "id"))
	must(t, err)
	if got := oneEvent(t, w, "id", "resp-out")[answerContent]; got != string(answer.Body) {
		t.Errorf("the log has\n%s\nthe caller got\n%s", got, answer.Body)
	}
	if got, there := oneEvent(t, w, "id", "error")[answerContent]; there {
		t.Errorf("error has payload %s, which VP's has not", got)
	}
}

// Each message is cut at payload_max, between characters, and still reaches the
// other side whole.
func TestPayloadIsCut(t *testing.T) {
	w := newWorld(t, "log: {payload: both, events: vp, payload_max: 999}\n")
	request := altered("id", "å</u:GetThing>", strings.Repeat("å", 200<<10)+"</u:GetThing>", "AT-OK", "ECHO")
	answer, err := w.overTLS(w.consumer).Send(t.Context(), request)
	must(t, err)
	_, body, _ := bytes.Cut(request, []byte("\r\n\r\n"))
	if !bytes.Equal(answer.Body, body) {
		t.Fatalf("%d bytes came back, want the %d sent", len(answer.Body), len(body))
	}
	for event, field := range map[string]string{"req-in": requestContent, "req-out": requestContent, "resp-in": answerContent, "resp-out": answerContent} {
		got, _ := oneEvent(t, w, "id", event)[field].(string)
		if len(got) < 998 || len(got) > 999 || !strings.HasPrefix(string(body), got) {
			t.Errorf("%s: %d bytes, want the first 998 or 999 of the message: %.80q", event, len(got), got)
		}
	}
}

// req-in has the request as it came, req-out as it is sent on.
func TestPayloadOfAConvertedRequest(t *testing.T) {
	w := newWorld(t, "log: {payload: request, events: vp}\n")
	_, err := w.overTLS(w.consumer).Send(t.Context(), recordedRequest("HTTP20", "id"))
	must(t, err)
	seen := w.plain.Take()
	if len(seen) != 1 {
		t.Fatalf("the producer got %d requests, want 1", len(seen))
	}
	in, out := oneEvent(t, w, "id", "req-in"), oneEvent(t, w, "id", "req-out")
	if got, _ := in[requestContent].(string); !strings.Contains(got, "urn:riv:itintegration:registry:1") {
		t.Errorf("req-in has %s", got)
	}
	if got, _ := out[requestContent].(string); got != string(seen[0].Body) || !strings.Contains(got, "http://www.w3.org/2005/08/addressing") {
		t.Errorf("req-out has\n%s\nthe producer got\n%s", got, seen[0].Body)
	}
	if in["labels.rivversion"] != "rivtabp21" || out["labels.rivversion"] != "RIVTABP20" {
		t.Errorf("rivversion %v and %v, want rivtabp21 and RIVTABP20", in["labels.rivversion"], out["labels.rivversion"])
	}
}

// Messages in other charsets are told in UTF-8, and what is no text in base64.
func TestPayloadCharsets(t *testing.T) {
	w := newWorld(t, "log: {payload: both}\n")
	envelope := lab.Envelope{Contract: getThing, Receiver: "AT-OK", Charset: "ISO-8859-1", Payload: "<u:id>åäö</u:id>"}
	body, err := envelope.Bytes()
	must(t, err)
	_, err = w.overTLS(w.consumer).Send(t.Context(), fmt.Appendf(nil,
		"POST /vp HTTP/1.1\r\nHost: localhost\r\nContent-Type: %s\r\nx-skltp-correlation-id: latin\r\nContent-Length: %d\r\n\r\n%s",
		envelope.ContentType(), len(body), body))
	must(t, err)
	call := lastCall(t, w, "latin")
	for _, field := range []string{requestContent, answerContent} {
		if got, _ := call[field].(string); !strings.Contains(got, "åäö") || strings.HasPrefix(got, "base64:") {
			t.Errorf("%s is %s", field, got)
		}
	}
	multipart := "--b\r\nContent-Type: text/xml; charset=UTF-8\r\n\r\n" + bodyOf(recordedRequest("AT-OK", "")) + "\r\n--b\r\n\r\n\x00\x01\xff\r\n--b--\r\n"
	_, err = w.overTLS(w.consumer).Send(t.Context(), fmt.Appendf(nil,
		"POST /vp HTTP/1.1\r\nHost: localhost\r\nContent-Type: multipart/related; boundary=b; type=\"text/xml\"\r\nx-skltp-correlation-id: mtom\r\nContent-Length: %d\r\n\r\n%s",
		len(multipart), multipart))
	must(t, err)
	if got, _ := lastCall(t, w, "mtom")[requestContent].(string); !strings.HasPrefix(got, "base64:") {
		t.Errorf("a message with bytes that are no text is told as %s", got)
	}
}

func bodyOf(request []byte) string {
	_, body, _ := strings.Cut(string(request), "\r\n\r\n")
	return body
}

// No certificate and no password gets into any line, payload or not.
func TestSecretsStayOutOfTheLog(t *testing.T) {
	for _, events := range []string{"call", "vp"} {
		for _, format := range []string{"ecs", "legacy", "text"} {
			t.Run(format+"/"+events, func(t *testing.T) {
				w := newWorld(t, fmt.Sprintf("log: {format: %s, events: %s, payload: both}\ntrust: {certificate_header: X-Pem}\n", format, events))
				secrets := "Authorization: Basic VE9QU0VDUkVU\r\nCookie: session=TOPSECRET\r\nx-vp-auth-cert: TOPSECRET\r\n" +
					"X-Forwarded-Tls-Client-Cert: TOPSECRET\r\nX-Pem: TOPSECRET\r\nProxy-Authorization: TOPSECRET\r\n"
				_, err := w.overTLS(w.consumer).Send(t.Context(), altered("id", "SOAPAction:", secrets+"SOAPAction:"))
				must(t, err)
				w.gate.stop()
				all := w.gate.log.all()
				if strings.Contains(all, "TOPSECRET") || strings.Contains(all, "VE9QU0VDUkVU") {
					t.Errorf("a secret is in the log:\n%s", all)
				}
				if !strings.Contains(all, "SE0000000000-CONS1 -> AT-OK") && !strings.Contains(all, "-receiverid=AT-OK") {
					t.Errorf("the call is not in the log:\n%s", all)
				}
			})
		}
	}
}

// Everything about the log changes with a reload, and the level without one.
func TestLogReloads(t *testing.T) {
	w := newWorld(t, "log: {output: first.log}\n")
	call := func(correlation string) {
		_, err := w.overTLS(w.consumer).Send(t.Context(), recordedRequest("AT-OK", correlation))
		must(t, err)
	}
	reload := func(log string) {
		must(t, os.WriteFile(filepath.Join(w.gate.dir, "rivgate.yaml"), []byte(baseConfig+log), 0o600))
		must(t, w.gate.app.Reload(t.Context()))
	}
	logged := func(file, text string) func() bool {
		return func() bool {
			content, err := os.ReadFile(filepath.Join(w.gate.dir, file))
			must(t, err)
			return bytes.Contains(content, []byte(text))
		}
	}
	call("ecs-1")
	eventually(t, "a line of ecs", logged("first.log", `"trace.id":"ecs-1"`))

	must(t, os.Rename(filepath.Join(w.gate.dir, "first.log"), filepath.Join(w.gate.dir, "moved.log")))
	reload("log: {output: first.log, format: legacy, events: vp, payload: both}\n")
	call("legacy-2")
	eventually(t, "a block of legacy", logged("first.log", "BusinessCorrelationId=legacy-2\n"))
	eventually(t, "a payload", logged("first.log", "\nPayload=<?xml"))
	if logged("moved.log", "legacy-2")() {
		t.Error("the file that was moved away is written to")
	}

	reload("log: {output: first.log, format: text, level: warn}\n")
	call("quiet-3")
	_, err := w.overTLS(w.consumer).Send(t.Context(), recordedRequest("NOPERM", "loud-4"))
	must(t, err)
	eventually(t, "the failed call", logged("first.log", "trace=loud-4"))
	if logged("first.log", "quiet-3")() {
		t.Error("an answered call is written at level warn")
	}
	must(t, os.WriteFile(filepath.Join(w.gate.dir, "rivgate.yaml"), []byte(baseConfig+"log: {output: no/such/folder/x.log}\n"), 0o600))
	if err := w.gate.app.Reload(t.Context()); err == nil || !strings.Contains(err.Error(), "log.output") {
		t.Errorf("an output that cannot be opened: %v", err)
	}
	_, err = w.overTLS(w.consumer).Send(t.Context(), recordedRequest("NOPERM", "after-5"))
	must(t, err)
	eventually(t, "a line after the failed reload", logged("first.log", "trace=after-5"))
}
