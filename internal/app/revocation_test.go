package app

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"rivgate/record"
)

// A list is told of when it nears its end and when it has ended, once each, and
// another one in its place anew.
func TestListWatch(t *testing.T) {
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	list := func(file string, end time.Duration) record.RevocationList {
		return record.RevocationList{File: file, Issuer: "CN=CA", NextUpdate: start.Add(end)}
	}
	watch := make(listWatch)
	for _, step := range []struct {
		at    time.Duration
		lists []record.RevocationList
		want  []string
	}{
		{0, []record.RevocationList{list("old", -time.Hour), list("soon", time.Hour), list("a", 10*time.Hour)}, nil}, // told at the start
		{3 * time.Hour, []record.RevocationList{list("old", -time.Hour), list("a", 10*time.Hour)}, nil},
		{4*time.Hour + time.Minute, []record.RevocationList{list("a", 10*time.Hour)}, []string{"a: the revocation list of CN=CA must be replaced before 2026-01-01 10:00:00 UTC"}},
		{5 * time.Hour, []record.RevocationList{list("a", 10*time.Hour)}, nil},
		{10 * time.Hour, []record.RevocationList{list("a", 10*time.Hour)}, []string{"a: the revocation list of CN=CA is out of date since 2026-01-01 10:00:00 UTC"}},
		{11 * time.Hour, []record.RevocationList{list("a", 10*time.Hour)}, nil},
		{11 * time.Hour, []record.RevocationList{list("a", 20*time.Hour)}, nil},
		{15 * time.Hour, []record.RevocationList{list("a", 20*time.Hour)}, []string{"a: the revocation list of CN=CA must be replaced before 2026-01-01 20:00:00 UTC"}},
	} {
		if got := watch.look(step.lists, start.Add(step.at)); !slices.Equal(got, step.want) {
			t.Errorf("after %s: %q, want %q", step.at, got, step.want)
		}
	}
	if len(watch) != 1 {
		t.Errorf("%d lists are remembered", len(watch))
	}
}

func TestListAge(t *testing.T) {
	now := time.Now()
	for _, test := range []struct {
		left time.Duration
		want string
	}{
		{7 * time.Hour, ""}, {6*time.Hour - time.Second, "must be replaced before"}, {0, "is out of date since"}, {-time.Hour, "is out of date since"},
	} {
		got := listAge(now.Add(test.left), now).warning("CN=CA", now)
		if !strings.Contains(got, test.want) || (got == "") != (test.want == "") {
			t.Errorf("%s left: %q, want %q", test.left, got, test.want)
		}
	}
}

// One line a minute of each kind, and no memory of those long past.
func TestSeldom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s seldom
		tell := func(kind string, want bool) {
			t.Helper()
			if got := s.tell(kind, time.Now()); got != want {
				t.Errorf("%s: %t, want %t", kind, got, want)
			}
		}
		tell("a", true)
		tell("a", false)
		tell("b", true)
		time.Sleep(59 * time.Second)
		tell("a", false)
		time.Sleep(time.Second)
		tell("a", true)
		if len(s.told) != 1 {
			t.Errorf("%d kinds are remembered", len(s.told))
		}
	})
}
