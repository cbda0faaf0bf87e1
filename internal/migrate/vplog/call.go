package vplog

import (
	"strings"
	"time"

	"github.com/hashicorp/golang-lru/v2/simplelru"
)

// Call is what VP logged of one call, all its events together.
type Call struct {
	Start time.Time // of the first event

	Transaction, Trace                   string
	Sender, Original, Contract, Receiver string

	Profile string // the caller's, "" if the log holds only what it was converted to
	Target  string // the route's address, "" if there was none
	Code    string // VP's fault, "" if it made none or one without a code
	Failed  bool   // VP made a fault
	Ended   bool   // its last event was read
	Cut     bool   // a value was too long to keep
}

// DefaultOpen is how many calls wait for their next events before the one that
// waited longest is taken as it is.
const DefaultOpen = 1 << 16

// Joiner makes calls of events. It is not for concurrent use.
type Joiner struct{ open *simplelru.LRU[string, *Call] }

// NewJoiner makes a Joiner that gives each call once to finished: when its last
// event was read, when more than open calls are unfinished, or at the end.
func NewJoiner(open int, finished func(*Call)) (*Joiner, error) {
	calls, err := simplelru.NewLRU(open, func(_ string, c *Call) { finished(c) })
	return &Joiner{calls}, err
}

// Add takes the next event.
func (j *Joiner) Add(e Event) {
	key := "transaction " + e.Transaction
	if e.Transaction == "" {
		key = "trace " + e.Trace
	}
	c, known := j.open.Get(key)
	if !known {
		c = &Call{Start: e.At}
		j.open.Add(key, c)
	}
	c.add(&e)
	if c.Ended {
		j.open.Remove(key)
	}
}

// End gives out what is unfinished, oldest first.
func (j *Joiner) End() {
	for j.open.Len() > 0 {
		j.open.RemoveOldest()
	}
}

func (c *Call) add(e *Event) {
	if !e.At.IsZero() && (c.Start.IsZero() || e.At.Before(c.Start)) {
		c.Start = e.At
	}
	first := func(to *string, value string) {
		if *to == "" {
			*to = value
		}
	}
	first(&c.Transaction, e.Transaction)
	first(&c.Trace, e.Trace)
	first(&c.Sender, e.Sender)
	first(&c.Original, e.Original)
	first(&c.Contract, e.Contract)
	first(&c.Receiver, e.Receiver)
	if e.Profile == strings.ToLower(e.Profile) { // converted ones are spelled as in the catalogue
		first(&c.Profile, e.Profile)
	}
	first(&c.Target, e.Target)
	first(&c.Code, e.Code)
	c.Failed = c.Failed || e.Failed
	c.Cut = c.Cut || e.Cut
	c.Ended = c.Ended || e.Action == "resp-out" || e.Action == "call"
}
