package auth_test

import (
	"regexp"
	"strings"
	"testing"

	"rivgate/auth"
)

var uuid4 = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)

func TestCorrelationID(t *testing.T) {
	const key = "x-skltp-correlation-id"
	tests := []struct {
		name  string
		lines []string
		want  string // empty: a new one
	}{
		{"absent", nil, ""},
		{"empty", []string{key, ""}, ""},
		{"kept", []string{key, "c-1"}, "c-1"},
		{"anything goes", []string{key, "a b<>å"}, "a b<>å"},
		{"ISO-8859-1 goes", []string{key, "a\xe5"}, "a\xe5"},
		{"first of two", []string{key, "one", key, "two"}, "one"},
		{"first of two is empty", []string{key, "", key, "two"}, ""},
		{"at the limit", []string{key, strings.Repeat("x", 128)}, strings.Repeat("x", 128)},
		{"over the limit", []string{key, strings.Repeat("x", 129)}, ""},
		{"tab", []string{key, "a\tb"}, "a\tb"},
		{"control character", []string{key, "a\x01b"}, ""},
		{"line feed", []string{key, "a\nb"}, ""},
		{"escape", []string{key, "a\x1b[31m"}, ""},
		{"C1 control", []string{key, "a\u009bb"}, ""},
	}
	policy := newPolicy(t, func(o *auth.Options) { o.CorrelationIDLimit = 128 })
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := policy.CorrelationID(headers(tt.lines...))
			if tt.want == "" {
				if !uuid4.MatchString(got) {
					t.Errorf("got %q, want a new UUID", got)
				}
			} else if got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestCorrelationIDWithoutLimit(t *testing.T) {
	long := strings.Repeat("x", 10_000)
	if got := newPolicy(t, nil).CorrelationID(headers("x-skltp-correlation-id", long)); got != long {
		t.Errorf("got %d bytes", len(got))
	}
}

func TestCorrelationIDsDiffer(t *testing.T) {
	policy := newPolicy(t, nil)
	if first, second := policy.CorrelationID(nil), policy.CorrelationID(nil); first == second {
		t.Errorf("twice %q", first)
	}
}
