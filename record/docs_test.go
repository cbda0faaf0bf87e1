package record_test

import (
	"context"
	"flag"
	"go/ast"
	"go/parser"
	"go/token"
	"log/slog"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"rivgate/record"
)

const page = "../docs/logs.md"

var update = flag.Bool("update", false, "write the examples of docs/logs.md anew")

// examples are the lines that the page shows, made by the code.
func examples() map[string]string {
	vp := options(record.ECS)
	vp.VP, vp.Strings = true, true
	legacy := options(record.Legacy)
	legacy.VP = true
	sent := answered()
	sent.Whole = 5 * 1e6
	sent.RouteTrace, sent.PermissionTrace = "SE0000000000-UNIT1", "SE0000000000-UNIT1"
	sent.Message.Span = record.UUID{0x72, 0xb9, 0x69, 0xb7, 0x3e, 0x20, 0x46, 0x6d, 0x98, 0xc1, 0x8d, 0x5e, 0x97, 0x95, 0xaa, 0xde}
	sent.Message.ProducerSpan = record.UUID{0xb2, 0x0b, 0xdf, 0x97, 0xc3, 0x3a, 0x4d, 0x90, 0xa1, 0xbf, 0xd5, 0x95, 0x4c, 0x48, 0x2d, 0x75}
	sent.Message.Sent = map[string][]string{
		"Content-Type": {"text/xml;charset=UTF-8"}, "SOAPAction": {`"urn:riv:test:GetThing"`}, "User-Agent": {"rivgate/1.0"},
		"x-vp-sender-id": {"SE0000000000-CONS1"}, "x-vp-instance-id": {"SE0000000000-GATE"},
	}
	return map[string]string{
		"ecs call answered":  line(options(record.ECS), answered()),
		"ecs call refused":   line(options(record.ECS), refused()),
		"ecs vp req-out":     told(vp, record.ReqOut, sent),
		"legacy vp error":    told(legacy, record.Failed, unreachable()),
		"text call answered": line(options(record.Plain), answered()),
		"text call refused":  line(options(record.Plain), refused()),
		"ecs process":        handshake(record.ECS),
		"legacy process":     handshake(record.Legacy),
		"text process":       handshake(record.Plain),
	}
}

func handshake(format record.Format) string {
	w := new(written)
	r := slog.NewRecord(start, slog.LevelWarn, "handshake", 0)
	r.Add("listener", "https", "remote", "192.0.2.9:50112", "reason", "tls: client didn't provide a certificate")
	if err := logTo(w, options(format)).Handler().Handle(context.Background(), r); err != nil {
		return err.Error()
	}
	return w.last()
}

// steady replaces what is new with every line.
func steady(line string) string {
	line = regexp.MustCompile(`"event.id":"[0-9a-f-]{36}"`).ReplaceAllString(line, `"event.id":"7c9e6679-7425-40de-944b-e07fc1f90ae7"`)
	return regexp.MustCompile(`\b[0-9A-F]{15}-(0{15}2)\b`).ReplaceAllString(line, "F9FCF6F9FBA8A73-$1")
}

var example = regexp.MustCompile("(?s)<!-- example: ([^>]+) -->\n```(?:json)?\n(.*?)```")

// Every line that the page shows is what the code writes.
func TestPageShowsRealLines(t *testing.T) {
	content, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	made := examples()
	if *update {
		content = example.ReplaceAllFunc(content, func(block []byte) []byte {
			match := example.FindSubmatchIndex(block)
			return append(append(slices.Clone(block[:match[4]]), steady(made[string(block[match[2]:match[3]])])...), "```"...)
		})
		if err := os.WriteFile(page, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	shown := example.FindAllStringSubmatch(string(content), -1)
	if len(shown) != len(made) {
		t.Errorf("%d examples on the page, want %d", len(shown), len(made))
	}
	for _, match := range shown {
		if want := steady(made[match[1]]); match[2] != want {
			t.Errorf("%s: the page shows\n%swant\n%s", match[1], match[2], want)
		}
	}
}

// writers are the methods whose first argument is the name of a field.
var writers = []string{"text", "long", "string", "made", "id", "number", "truth", "list", "startList", "time", "key", "headers", "body"}

// fieldsInCode are the names of fields that the code for ecs writes.
func fieldsInCode(t *testing.T) []string {
	t.Helper()
	var names []string
	for _, file := range []string{"ecs.go", "ecsfailure.go", "process.go"} {
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(parsed, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			method, ok := call.Fun.(*ast.SelectorExpr)
			if !ok || !slices.Contains(writers, method.Sel.Name) {
				return true
			}
			for _, argument := range call.Args[:min(2, len(call.Args))] {
				if literal, ok := argument.(*ast.BasicLit); ok && literal.Kind == token.STRING {
					name, err := strconv.Unquote(literal.Value)
					if err != nil {
						t.Fatal(err)
					}
					names = append(names, name)
					break
				}
			}
			return true
		})
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// fieldsOnPage are the names in the first column of the page's table of fields.
func fieldsOnPage(t *testing.T) []string {
	t.Helper()
	content, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	_, rest, found := strings.Cut(string(content), "### Fields")
	table, _, end := strings.Cut(rest, "### Which events")
	if !found || !end {
		t.Fatal("the page has no table of fields")
	}
	var names []string
	for _, row := range regexp.MustCompile("(?m)^\\| (`[^|]+) \\|").FindAllStringSubmatch(table, -1) {
		for _, name := range strings.Fields(row[1]) {
			names = append(names, strings.Trim(name, "`"))
		}
	}
	slices.Sort(names)
	return names
}

// The page lists every field that the code writes, once, and no other.
func TestPageListsEveryField(t *testing.T) {
	code, documented := fieldsInCode(t), fieldsOnPage(t)
	if len(code) < 60 {
		t.Fatalf("only %d fields found in the code", len(code))
	}
	for _, name := range code {
		if !slices.Contains(documented, name) {
			t.Errorf("%s is not on the page", name)
		}
	}
	for i, name := range documented {
		if !slices.Contains(code, name) {
			t.Errorf("%s is on the page, and nothing writes it", name)
		}
		if i > 0 && documented[i-1] == name {
			t.Errorf("%s is on the page twice", name)
		}
	}
	for _, event := range events {
		for _, call := range []*record.Call{answered(), refused(), unreachable()} {
			for name := range parse(t, told(options(record.ECS), event, call)) {
				if !slices.Contains(documented, name) {
					t.Errorf("%s writes %s, which is not on the page", event, name)
				}
			}
		}
	}
}

// Every row of a legacy block is in the table that maps it to ecs, or is a label
// of the same name, or stands in the block alone.
func TestPageMapsLegacy(t *testing.T) {
	content, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(content), "| legacy | ecs |")
	table, _, _ := strings.Cut(rest, "\n\n")
	fields := fieldsInCode(t)
	for _, name := range regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(table, -1) {
		known := strings.Contains(name[1], ".") && (slices.Contains(fields, name[1]) || name[1] == "labels.")
		if !known && !slices.Contains(rowsInCode(t), name[1]) {
			t.Errorf("%s is in the table, and nothing writes it", name[1])
		}
	}
	alone := []string{"source", "outcome", "stage", "detail", "warning", "AnswerPayload"}
	rows := rowsInCode(t)
	if len(rows) < 40 {
		t.Fatalf("only %d rows found in the code", len(rows))
	}
	for _, name := range rows {
		if !strings.Contains(table, "`"+name+"`") && !slices.Contains(fields, "labels."+name) && !slices.Contains(alone, name) {
			t.Errorf("%s is not on the page", name)
		}
	}
}

// rowsInCode are the names of a legacy block's rows.
func rowsInCode(t *testing.T) []string {
	t.Helper()
	var rows []string
	for _, file := range []string{"legacy.go", "legacyextra.go"} {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, match := range regexp.MustCompile(`"-?([A-Za-z_.]+)="`).FindAllSubmatch(content, -1) {
			rows = append(rows, string(match[1]))
		}
	}
	slices.Sort(rows)
	return slices.Compact(rows)
}
