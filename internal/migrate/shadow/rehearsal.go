package shadow

import (
	"strings"
	"sync"

	"rivgate/internal/migrate/vplog"
	"rivgate/record"
	"rivgate/rivta"
	"rivgate/routing"
)

// mostRehearsals bounds how many copies wait for VP's log.
const mostRehearsals = 1 << 17

// mostUnusable bounds how many files are named that cannot be used.
const mostUnusable = 100

// longestKept bounds what is kept of a copy's text in bytes: callers choose it.
const longestKept = 4 << 10

// Rehearsal is what became of a copy of a request: a call that ended where its
// producer would have been called.
type Rehearsal struct {
	Outcome
	Detail                     string
	Sender, Contract, Receiver string
	Profile                    string
}

// Rehearsals keeps what became of copies until VP's log tells of the calls they
// are copies of. It implements record.Sink and is safe for concurrent use; a nil
// one holds nothing.
type Rehearsals struct {
	mu       sync.Mutex
	waiting  map[string][]Rehearsal // by correlation id, in the order they came
	kept     int
	taken    int64
	unkept   int64
	byResult map[string]int64

	unusable      int64
	unusableFiles []Unusable
}

// NewRehearsals makes an empty one.
func NewRehearsals() *Rehearsals {
	return &Rehearsals{waiting: make(map[string][]Rehearsal), byResult: make(map[string]int64)}
}

// Finished implements record.Sink.
func (r *Rehearsals) Finished(c *record.Call) {
	if c.Outcome == record.Served {
		return // no call, and nothing that VP logs
	}
	kept := Rehearsal{
		Outcome: Outcome{Code: string(c.Code), Target: c.Target},
		Detail:  c.Detail, Sender: c.Sender, Contract: c.Contract, Receiver: c.Receiver, Profile: c.ProfileIn,
	}
	if c.Code == "" && c.Outcome != record.OK {
		kept.Code = string(c.Outcome) // refused below SOAP, or its sender left
	}
	for _, text := range []*string{&kept.Target, &kept.Detail, &kept.Sender, &kept.Contract, &kept.Receiver} {
		*text = strings.Clone((*text)[:min(len(*text), longestKept)])
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.taken++
	r.byResult[kept.Code]++
	// Without an id it was refused below SOAP; one that broke off is no copy of a call.
	if r.kept >= mostRehearsals || c.CorrelationID == "" || c.Outcome == record.Cancelled {
		r.unkept++
		return
	}
	r.kept++
	id := strings.Clone(c.CorrelationID)
	r.waiting[id] = append(r.waiting[id], kept)
}

// Unusable counts a file that holds no whole request.
func (r *Rehearsals) Unusable(file, why string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.unusable++
	if len(r.unusableFiles) < mostUnusable {
		r.unusableFiles = append(r.unusableFiles, Unusable{file, why})
	}
}

// take gives the first rehearsal of that correlation id, once.
func (r *Rehearsals) take(id string) (first Rehearsal, ok bool) {
	if r == nil || id == "" {
		return first, false
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	waiting := r.waiting[id]
	if len(waiting) == 0 {
		return first, false
	}
	r.kept--
	if r.waiting[id] = waiting[1:]; len(waiting) == 1 {
		delete(r.waiting, id)
	}
	return waiting[0], true
}

// misread says what the copy was read as where VP's log says otherwise. What
// either did not get to read is not compared.
func (r *Rehearsal) misread(c *vplog.Call) string {
	var differing []string
	for _, field := range []struct{ name, vp, own string }{
		{"sender", c.Sender, r.Sender},
		{"contract", c.Contract, r.Contract},
		{"receiver", c.Receiver, r.Receiver},
	} {
		if field.vp != "" && field.own != "" && field.vp != field.own {
			differing = append(differing, field.name+" "+field.own+", not "+field.vp)
		}
	}
	return strings.Join(differing, "; ")
}

// question is what the copy asked, at the time of the call.
func (r *Rehearsal) question(c *vplog.Call) routing.Question {
	return routing.Question{
		Contract: r.Contract, HasContract: r.Contract != "null",
		Receiver: r.Receiver, HasReceiver: r.Receiver != "",
		Sender: r.Sender, Profile: rivta.Parse(r.Profile), At: c.Start,
	}
}
