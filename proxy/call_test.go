package proxy

import (
	"fmt"
	"slices"
	"testing"
)

// Header values of a call share an array, and nothing else: however many there are,
// and whatever is appended to one.
func TestHeaderValuesAreApart(t *testing.T) {
	c, other := new(Call), new(Call)
	var held [][]string
	for i := range 3 * len(c.headerValues) {
		held = append(held, c.headerValue(fmt.Sprint(i)))
		other.headerValue("another call's")
	}
	for _, values := range held {
		_ = append(values, "appended")
	}
	for i, values := range held {
		if !slices.Equal(values, []string{fmt.Sprint(i)}) {
			t.Errorf("value %d is %q", i, values)
		}
	}
}

// A channel that is asked for when the call has ended is closed.
func TestLifeThatEndedIsDone(t *testing.T) {
	l := new(life)
	l.end(errCallerLeft)
	select {
	case <-l.Done():
	default:
		t.Error("it is not done")
	}
}
