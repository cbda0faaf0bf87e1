package e2e

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
)

// docs/security-scorecard.md counts what the attack tests tried and what became
// of it. The counts are the run's: after a run of every test the page is compared
// with them, and with -scorecard it is written.

var writeScorecard = flag.Bool("scorecard", false, "write what the attack tests showed into the scorecard")

// outcome is what became of one attempt that did no harm. One that did fails
// its test.
type outcome int

const (
	refused  outcome = iota // the attempt got an error, or its connection was cut, and reached no producer
	harmless                // it was served as the honest call it then was: one request, the true identity
)

// attacks is a class of attacks while its test runs. Its methods may be called
// concurrently.
type attacks struct {
	t     *testing.T
	name  string // of the test
	about string

	mu       sync.Mutex
	outcomes map[string]outcome
}

// scorecard is every class whose test ran.
var scorecard struct {
	sync.Mutex
	classes map[string]*attacks
}

// newAttacks begins the class that the test t, whose name begins with
// TestAttack, tries. about is one sentence for the page: what was tried.
func newAttacks(t *testing.T, about string) *attacks {
	t.Helper()
	if !strings.HasPrefix(t.Name(), "TestAttack") || strings.Contains(t.Name(), "/") {
		t.Fatalf("%s: a class of attacks is begun by a test named TestAttack…", t.Name())
	}
	a := &attacks{t: t, name: t.Name(), about: about, outcomes: make(map[string]outcome)}
	t.Cleanup(func() {
		if t.Failed() {
			return
		}
		scorecard.Lock()
		defer scorecard.Unlock()
		if scorecard.classes == nil {
			scorecard.classes = make(map[string]*attacks)
		}
		a.t = nil // which would keep everything its clean-up functions know
		scorecard.classes[a.name] = a
	})
	return a
}

// count notes what became of an attempt. Names are unique within a class, so a
// case is never counted twice.
func (a *attacks) count(attempt string, became outcome) {
	a.t.Helper()
	a.mu.Lock()
	defer a.mu.Unlock()
	if _, counted := a.outcomes[attempt]; counted {
		a.t.Errorf("%s is counted twice", attempt)
	}
	a.outcomes[attempt] = became
}

func (a *attacks) row() (row string, total, refusals int) {
	for _, became := range a.outcomes {
		if became == refused {
			refusals++
		}
	}
	total = len(a.outcomes)
	return fmt.Sprintf("| %s | %s | %d | %d | %d |\n", a.about, a.name, total, refusals, total-refusals), total, refusals
}

const scorecardPage = "../docs/security-scorecard.md"

const scorecardMark = "<!-- what follows is written by the run -->\n"

// checkScorecard compares the page with the run. It is for complete runs: one
// of chosen tests proves nothing about the page.
func checkScorecard() error {
	for _, name := range []string{"test.run", "test.skip"} {
		if flag.Lookup(name).Value.String() != "" {
			return nil
		}
	}
	page, err := os.ReadFile(scorecardPage)
	if err != nil {
		return err
	}
	words, _, found := strings.Cut(string(page), scorecardMark)
	if !found {
		return fmt.Errorf("%s: the line %q is missing", scorecardPage, strings.TrimSpace(scorecardMark))
	}
	var text strings.Builder
	text.WriteString(words + scorecardMark)
	text.WriteString("\n| what was tried | by | tried | refused | passed harmlessly |\n|---|---|--:|--:|--:|\n")
	tried, refusals := 0, 0
	for _, name := range slices.Sorted(maps.Keys(scorecard.classes)) {
		row, all, no := scorecard.classes[name].row()
		text.WriteString(row)
		tried, refusals = tried+all, refusals+no
	}
	fmt.Fprintf(&text, "| **all** | | %d | %d | %d |\n", tried, refusals, tried-refusals)
	if text.String() == string(page) {
		return nil
	}
	if *writeScorecard {
		return os.WriteFile(scorecardPage, []byte(text.String()), 0o644)
	}
	return fmt.Errorf("%s is not what this run showed:\n%s\nmake scorecard writes it", scorecardPage, text.String())
}
