package e2e

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// legacyBlock is one event of the legacy format.
type legacyBlock struct {
	level, thread, logger, correlation string
	start, end                         string
	names                              []string // of the rows, in order
	values                             map[string]string
}

var (
	legacyHeader = regexp.MustCompile(`^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} ([A-Z]+ *) \[(.*?)\] (\S+ *) - (\[[^ ]*\])? (.*)$`)
	legacyRow    = regexp.MustCompile(`^(-?[A-Za-z_.]+)=(.*)$`)
)

// legacyBlocks takes a log in the legacy format apart. What VP lets run over
// several lines is put together.
func legacyBlocks(t *testing.T, text string) []*legacyBlock {
	t.Helper()
	var blocks []*legacyBlock
	var block *legacyBlock
	for _, line := range strings.Split(text, "\n") {
		header := legacyHeader.FindStringSubmatch(line)
		row := legacyRow.FindStringSubmatch(line)
		switch {
		case header != nil && header[5] != "skltp-messages":
			block = nil // a line about something else
		case header != nil:
			block = &legacyBlock{
				level: header[1], thread: header[2], logger: header[3], correlation: header[4], values: map[string]string{},
			}
			blocks = append(blocks, block)
		case block == nil:
		case strings.HasPrefix(line, "** ") && block.start == "":
			block.start = line
		case strings.HasPrefix(line, "** "):
			block.end, block = line, nil
		case row != nil && row[1] != "VP_PRODUCER_EXCEPTION_HTTP_STATUS" && block.values["Stacktrace"] == "":
			block.names = append(block.names, row[1])
			block.values[row[1]] = row[2]
		}
	}
	return blocks
}

// Row by row, legacy is what a running VP wrote.
func TestLegacyEventsAreVPs(t *testing.T) {
	w := newWorld(t, fmt.Sprintf(vpLog, "legacy"))
	for _, call := range recordedCalls {
		t.Run(call.name, func(t *testing.T) {
			content, err := os.ReadFile("testdata/recorded/logs/log-legacy-" + call.file + ".txt")
			must(t, err)
			want := legacyBlocks(t, string(content))
			correlation := want[0].values["BusinessCorrelationId"]
			_, err = w.overTLS(w.consumer).Send(t.Context(), recordedRequest(call.receiver, correlation))
			must(t, err)
			var got []*legacyBlock
			eventually(t, "the events", func() bool {
				got = nil
				for _, block := range legacyBlocks(t, w.gate.log.all()) {
					if block.values["BusinessCorrelationId"] == correlation {
						got = append(got, block)
					}
				}
				return len(got) >= len(want) && got[len(got)-1].end != ""
			})
			if len(got) != len(want) {
				t.Fatalf("%d events, want %d", len(got), len(want))
			}
			for i := range want {
				compareBlocks(t, got[i], want[i], call.receiver, want[0].values["-receiverid"])
			}
		})
	}
}

func compareBlocks(t *testing.T, got, want *legacyBlock, receiver, vpReceiver string) {
	t.Helper()
	event := want.values["LogMessage"]
	if !slices.Equal(got.names, want.names) {
		t.Errorf("%s: rows\n%v\nwant\n%v", event, got.names, want.names)
	}
	info := strings.NewReplacer("logEvent-debug", "logEvent-info") // DEBUG is VP's word for payload
	if got.start != info.Replace(want.start) || got.end != info.Replace(want.end) {
		t.Errorf("%s: between\n%s\n%s\nwant\n%s\n%s", event, got.start, got.end, info.Replace(want.start), info.Replace(want.end))
	}
	if level := strings.Replace(want.level, "DEBUG", "INFO ", 1); got.level != level || got.logger != want.logger || got.thread != "https" {
		t.Errorf("%s: %q [%s] %q, want %q %q", event, got.level, got.thread, got.logger, level, want.logger)
	}
	if want.correlation != "" && got.correlation != want.correlation {
		t.Errorf("%s: correlation %q, want %q", event, got.correlation, want.correlation)
	}
	for name, value := range want.values {
		differs := []string{
			"Host", "Endpoint", "MessageId", "-Headers", "-message.length", "-time.elapsed", "-time.producer",
			"-faultDetail", "-sessionErrorTechnicalDescription", "Stacktrace", "Payload",
		}
		switch {
		case slices.Contains(differs, name):
		case name == "-sessionErrorDescription" && want.values["-errorCode"] == "VP009": // an exception's text
		case alike(got.values[name], receiver) != alike(value, vpReceiver):
			t.Errorf("%s: %s is\n%s\nwant\n%s", event, name, alike(got.values[name], receiver), alike(value, vpReceiver))
		}
	}
	sent := strings.Contains(want.values["Payload"], "u:GetThing") // what the caller sent, byte for byte
	if sent && alike(got.values["Payload"], receiver) != alike(want.values["Payload"], vpReceiver) {
		t.Errorf("%s: payload %s", event, got.values["Payload"])
	}
}

// What VP logged for four more outcomes, by order, logger and level.
func TestLegacyOrderIsVPs(t *testing.T) {
	content, err := os.ReadFile("testdata/recorded/logs/log-legacy-order.txt")
	must(t, err)
	w := newWorld(t, fmt.Sprintf(vpLog, "legacy"))
	requests := map[string][]byte{
		"read timeout":                     altered("to", getThing, slowThing, "AT-OK", "SLOW"),
		"connect refused, one re-send":     recordedRequest("DEAD", "dead"),
		"producer 500 with SOAP 1.1 fault": recordedRequest("AT-FAULT500", "pf"),
		"producer 200 without body":        recordedRequest("AT-EMPTY", "empty"),
	}
	sections := strings.Split(string(content), "######## ")[1:]
	if len(sections) != len(requests) {
		t.Fatalf("%d recorded outcomes, want %d", len(sections), len(requests))
	}
	event := regexp.MustCompile(`(?m)^.{24}([A-Z]+ *)\[.*\] (se\.skl\.tp\.vp\.logging\S+ *) - .* LogMessage=(\S+)$`)
	for _, section := range sections {
		title, lines, _ := strings.Cut(section, "\n")
		request, known := requests[title]
		if !known {
			t.Fatalf("no request for %q", title)
		}
		_, err := w.overTLS(w.consumer).Send(t.Context(), request)
		must(t, err)
		var want []string
		for _, match := range event.FindAllStringSubmatch(lines, -1) {
			level := strings.Replace(strings.TrimSpace(match[1]), "DEBUG", "INFO", 1)
			want = append(want, level+" "+strings.TrimSpace(match[2])+" "+match[3])
		}
		if len(want) < 4 {
			t.Fatalf("%s: only %v recorded", title, want)
		}
		correlation := regexp.MustCompile(`x-skltp-correlation-id: (\S+)`).FindSubmatch(request)[1]
		var got []string
		eventually(t, title, func() bool {
			got = nil
			for _, block := range legacyBlocks(t, w.gate.log.all()) {
				if block.values["BusinessCorrelationId"] == string(correlation) && block.end != "" {
					got = append(got, strings.TrimSpace(block.level)+" "+strings.TrimSpace(block.logger)+" "+block.values["LogMessage"])
				}
			}
			return len(got) >= len(want)
		})
		if !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", title, got, want)
		}
	}
}
