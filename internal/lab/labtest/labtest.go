// Package labtest makes the lab's parts for a test: whatever fails, fails the
// test, and whatever runs is closed when the test ends.
package labtest

import (
	"testing"

	"rivgate/internal/lab"
)

// CA is lab.NewCA.
func CA(t testing.TB, name string) *lab.CA {
	t.Helper()
	ca, err := lab.NewCA(name)
	must(t, err)
	return ca
}

// Issue is CA.Issue.
func Issue(t testing.TB, ca *lab.CA, subject lab.Subject, options ...lab.IssueOption) *lab.Identity {
	t.Helper()
	id, err := ca.Issue(subject, options...)
	must(t, err)
	return id
}

// Producer is lab.StartProducer.
func Producer(t testing.TB, options lab.ProducerOptions) *lab.Producer {
	t.Helper()
	producer, err := lab.StartProducer(options)
	must(t, err)
	t.Cleanup(func() { closed(t, producer.Close()) })
	return producer
}

// TAK is lab.StartTAK on a free port.
func TAK(t testing.TB, catalogue lab.Catalogue) *lab.TAK {
	t.Helper()
	tak, err := lab.StartTAK("", catalogue)
	must(t, err)
	t.Cleanup(func() { closed(t, tak.Close()) })
	return tak
}

// Demo is lab.Demo in a folder of the test's own.
func Demo(t testing.TB) *lab.Sandbox {
	t.Helper()
	sandbox, err := lab.Demo(t.TempDir(), lab.DemoOptions{})
	must(t, err)
	t.Cleanup(func() { closed(t, sandbox.Close()) })
	return sandbox
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func closed(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Errorf("closing: %v", err)
	}
}
