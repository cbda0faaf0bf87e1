package routing_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"rivgate/fault"
	"rivgate/rivta"
	"rivgate/routing"
	"rivgate/tak"
)

// What decides is made to be fast: rows by number, chains of rows, climbs that are
// remembered, decisions too. Here it is held against the rules written down plainly,
// over catalogues, trees, questions and instants by chance.
func TestDecidesLikeAPlainReading(t *testing.T) {
	const worlds, questions = 60, 200
	var permitted, refused, climbed, deep int
	for seed := range uint64(worlds) {
		random := rand.New(rand.NewPCG(seed, 1))
		w := randomWorld(random)
		view := routing.NewView(tak.New(w.rows(t)), units(t, w.units...), w.rules)
		for range questions {
			q := w.question(random)
			got, _ := decide(t, view, q)
			want, levels := w.decide(q)
			if got := outcome(got); got != want {
				t.Fatalf("world %d, %+v\n got %s\nwant %s\n%s", seed, q, got, want, w)
			}
			if got.Fault() == nil {
				permitted++
			} else {
				refused++
			}
			if levels > 0 {
				climbed++
			}
			if levels > 12 {
				deep++
			}
		}
	}
	t.Logf("%d permitted, %d refused, %d found on a climb, %d of them far up", permitted, refused, climbed, deep)
	if min(permitted, refused, climbed, deep) < 50 {
		t.Error("too few of a kind to tell anything")
	}
}

func outcome(d routing.Decision) string {
	return fmt.Sprintf("route %q of %q to %q, %s; permission %q of %q, %s", d.Route.ID, d.ReceiverMatched, d.Route.Address,
		codeOf(d.RouteFault), d.Permission.ID, d.PermissionMatched, codeOf(d.PermissionFault))
}

func codeOf(f *fault.Error) fault.Code {
	if f == nil {
		return "no fault"
	}
	return f.Code
}

// plainBound is a bound of a row's validity; the zero one is missing.
type plainBound struct {
	at    time.Time
	local bool
}

func (b plainBound) String() string {
	switch {
	case b.at.IsZero():
		return ""
	case b.local:
		return b.at.Format("2006-01-02T15:04:05.000")
	}
	return b.at.Format("2006-01-02T15:04:05.000Z")
}

func (b plainBound) slack() time.Duration {
	if b.local {
		return 14 * time.Hour
	}
	return 0
}

// plainRow is a route, or a permission, whose sender stands for the address.
type plainRow struct {
	id, receiver, contract, address string
	from, to                        plainBound
}

func (r plainRow) holds(at time.Time) bool {
	return !r.from.at.IsZero() && !r.to.at.IsZero() &&
		!at.Before(r.from.at.Add(-r.from.slack())) && !at.After(r.to.at.Add(r.to.slack()))
}

// covers tells whether the days that the row means include today in Stockholm.
func (r plainRow) covers(at time.Time) bool {
	stockholm, _ := time.LoadLocation("Europe/Stockholm")
	today := at.In(stockholm).Format(time.DateOnly)
	meant := func(b plainBound) string { return b.at.Add(2 * time.Hour).Format(time.DateOnly) }
	return (!r.from.local || meant(r.from) <= today) && (!r.to.local || today <= meant(r.to))
}

func (r plainRow) String() string {
	return fmt.Sprintf("%s: %q %q %q from %s to %s", r.id, r.receiver, r.contract, r.address, r.from, r.to)
}

type plainWorld struct {
	routes, permissions []plainRow
	units               []string // as "id|name"
	parents             map[string]string
	rules               routing.Rules
}

func (w plainWorld) String() string {
	var b strings.Builder
	for _, rows := range [][]plainRow{w.routes, w.permissions} {
		for _, row := range rows {
			fmt.Fprintln(&b, row)
		}
	}
	return fmt.Sprintf("%s%q\n%+v", b.String(), w.units, w.rules)
}

// rows are w's for a catalogue.
func (w plainWorld) rows(t *testing.T) (routes []tak.Route, permissions []tak.Permission) {
	for _, r := range w.routes {
		routes = append(routes, tak.Route{
			ID: r.id, Receiver: r.receiver, Profile: "RIVTABP21", Contract: r.contract, Address: r.address,
			Valid: validity(t, r.from.String(), r.to.String()),
		})
	}
	for _, r := range w.permissions {
		permissions = append(permissions, tak.Permission{
			ID: r.id, Receiver: r.receiver, Sender: r.address, Contract: r.contract, Valid: validity(t, r.from.String(), r.to.String()),
		})
	}
	return routes, permissions
}

func same(a, b string) bool {
	a, b = strings.ToLower(a), strings.ToLower(b) // strings.EqualFold finds more alike
	return a != "" && a == b
}

// routesOf are the routes of one receiver.
func (w plainWorld) routesOf(q routing.Question, receiver string) (found []plainRow) {
	for _, row := range w.routes {
		if same(row.receiver, receiver) && same(row.contract, contractOf(q)) && row.holds(q.At) {
			found = append(found, row)
		}
	}
	if today := slices.DeleteFunc(slices.Clone(found), func(r plainRow) bool { return !r.covers(q.At) }); len(found) > 1 && len(today) > 0 {
		return today
	}
	return found
}

func (w plainWorld) permissionsOf(q routing.Question, receiver string) (found []plainRow) {
	for _, row := range w.permissions {
		if same(row.receiver, receiver) && same(row.contract, contractOf(q)) && same(row.address, q.Sender) && row.holds(q.At) {
			return []plainRow{row}
		}
	}
	return nil
}

func contractOf(q routing.Question) string {
	if q.HasContract {
		return q.Contract
	}
	return "null"
}

// above are the ids above one, up to the root, where also a circle ends.
func (w plainWorld) above(id string) (ids []string) {
	met := []string{id}
	for id != "SE" {
		id = w.parents[id]
		if id == "" || slices.Contains(met, id) {
			id = "SE"
		}
		met = append(met, id)
	}
	return met[1:]
}

// parts are the receivers in one, last first.
func (w plainWorld) parts(receiver string) (parts []string) {
	for part := range strings.SplitSeq(receiver, w.rules.Delimiter) {
		if part != "" && !slices.Contains(parts, part) {
			parts = append(parts, part)
		}
	}
	slices.Reverse(parts)
	return parts
}

func climbs(l routing.Lookup, contract string) bool {
	return l.Enabled != (len(l.Except) > 0 && strings.HasPrefix(contract, l.Except[0]))
}

// decide is the outcome of a question, and how many levels up the route was found.
func (w plainWorld) decide(q routing.Question) (outcome string, levels int) {
	if strings.TrimSpace(q.Receiver) == "" {
		return `route "" of "" to "", VP003; permission "" of "", no fault`, 0
	}
	inParts := strings.Contains(q.Receiver, w.rules.Delimiter)
	above := func(l routing.Lookup) []string {
		if climbs(l, contractOf(q)) {
			return w.above(q.Receiver)
		}
		return nil
	}
	tried := slices.Concat([]string{q.Receiver}, above(w.rules.HSARoutes), []string{"*"})
	if inParts {
		tried = w.parts(q.Receiver)
	}
	route, code := plainRow{}, fault.VP004
	matched := ""
	for i, receiver := range tried {
		found := w.routesOf(q, receiver)
		if len(found) == 0 {
			continue
		}
		if code = fault.VP006; len(found) == 1 {
			route, matched, code = found[0], receiver, "no fault"
		}
		if route.address == unusable || len(found) == 1 && strings.TrimSpace(route.address) == "" {
			code = fault.VP010
		}
		if !inParts && i < len(tried)-1 {
			levels = i
		}
		break
	}

	if q.RouteOnly {
		return fmt.Sprintf(`route %q of %q to %q, %s; permission "" of "", no fault`, route.id, matched, route.address, code), levels
	}
	tried = slices.Concat([]string{q.Receiver, "*"}, above(w.rules.HSAPermissions))
	if inParts {
		tried = w.parts(q.Receiver)
		if len(tried) > 2 || len(w.rules.Senders) > 0 && !slices.Contains(w.rules.Senders, q.Sender) {
			tried = nil
		}
	}
	permission, holder, denied := plainRow{}, "", fault.VP007
	for _, receiver := range tried {
		if found := w.permissionsOf(q, receiver); len(found) > 0 {
			permission, holder, denied = found[0], receiver, "no fault"
			break
		}
	}
	return fmt.Sprintf("route %q of %q to %q, %s; permission %q of %q, %s",
		route.id, matched, route.address, code, permission.id, holder, denied), levels
}

// unusable is an address that may not be called.
const unusable = "https://refused.example/"

// What rows and questions hold: ids in several spellings, beyond ASCII, long, of
// senders and receivers alike, and ids that are contracts too.
var (
	long       = strings.Repeat("Long", 60)
	otherIDs   = []string{"*", "SE", "se", "S", "s", "Ärlig", "äRLIG", "K1", "\u212A1", long, strings.ToUpper(long), "urn:a", "", " ", "null"}
	contracts  = []string{"urn:a", "URN:A", "urn:b", "urn:Å", "URN:å", "s", ""}
	someMoment = now()
)

func pick[T any](r *rand.Rand, list []T) T { return list[r.IntN(len(list))] }

func unitID(n int) string { return fmt.Sprintf("Unit-%d", n) }

func randomID(r *rand.Rand, units int) string {
	if r.IntN(3) == 0 {
		return pick(r, otherIDs)
	}
	id := unitID(r.IntN(units + 1))
	if r.IntN(4) == 0 {
		return strings.ToUpper(id)
	}
	return id
}

// randomWorld has some units in few lines of descent, some with an id that others
// have too, so that there are circles.
func randomWorld(r *rand.Rand) plainWorld {
	w := plainWorld{parents: make(map[string]string)}
	names, count := []string{"c=SE"}, 1+r.IntN(30)
	byName := make(map[string]string)
	for n := range count {
		name := names[len(names)-1]
		if r.IntN(20) == 0 {
			name = pick(r, names)
		}
		name = fmt.Sprintf("ou=%d,%s", n, name)
		names = append(names, name)
		id := unitID(n)
		if r.IntN(25) == 0 {
			id = unitID(r.IntN(count))
		}
		byName[name] = id
		w.units = append(w.units, id+"|"+name)
	}
	r.Shuffle(len(w.units), func(i, j int) { w.units[i], w.units[j] = w.units[j], w.units[i] })
	for _, unit := range w.units {
		id, name, _ := strings.Cut(unit, "|")
		_, above, _ := strings.Cut(name, ",")
		w.parents[id] = byName[above]
	}
	for n := range r.IntN(60) {
		w.routes = append(w.routes, randomRow(r, fmt.Sprintf("r%d", n), count, randomAddress(r)))
	}
	for n := range r.IntN(120) {
		w.permissions = append(w.permissions, randomRow(r, fmt.Sprintf("p%d", n), count, randomSender(r)))
	}
	w.rules = routing.Rules{
		HSARoutes:      routing.Lookup{Enabled: r.IntN(4) > 0, Except: []string{"urn:b"}},
		HSAPermissions: routing.Lookup{Enabled: r.IntN(4) > 0, Except: []string{"URN"}},
		Delimiter:      "#",
		CacheSize:      pick(r, []int{0, 5, 1000}),
		CheckAddress: func(address string) error {
			if address == unusable {
				return fmt.Errorf("refused")
			}
			return nil
		},
	}
	if r.IntN(2) == 0 {
		w.rules.Senders = []string{"S", "Ärlig"}
	}
	return w
}

func randomAddress(r *rand.Rand) string {
	if r.IntN(5) == 0 {
		return pick(r, []string{unusable, "", " "})
	}
	return fmt.Sprintf("https://producer%d.example/", r.IntN(10))
}

func randomSender(r *rand.Rand) string {
	return pick(r, []string{"S", "s", "S", "Ärlig", "Unit-1", ""})
}

func randomRow(r *rand.Rand, id string, units int, address string) plainRow {
	receiver := randomID(r, 1+r.IntN(units)) // rather of those high up
	return plainRow{id, receiver, pick(r, contracts), address, randomBound(r, -1), randomBound(r, 1)}
}

// randomBound is near someMoment, or long before or after it: side tells which.
func randomBound(r *rand.Rand, side int) plainBound {
	b := plainBound{someMoment.AddDate(10*side, 0, 0), r.IntN(2) == 0}
	switch r.IntN(20) {
	case 0:
		b.at = time.Time{}
	case 1, 2, 3, 4:
		b.at = someMoment.Truncate(24*time.Hour).AddDate(0, 0, r.IntN(5)-2).Add(pick(r, []time.Duration{-2 * time.Hour, 0, time.Second - time.Millisecond}))
	}
	return b
}

// question is asked of w, mostly for what one of its permissions is about, and at
// an instant at which something may change, or beside it.
func (w plainWorld) question(r *rand.Rand) routing.Question {
	q := routing.Question{
		Contract: pick(r, contracts), HasContract: r.IntN(20) > 0, Receiver: randomID(r, len(w.units)), HasReceiver: true,
		Sender: randomSender(r), RouteOnly: r.IntN(10) == 0, Profile: rivta.Unknown,
		At: someMoment.Add(time.Duration(r.IntN(4*24*60)-2*24*60) * time.Minute),
	}
	if len(w.permissions) > 0 && r.IntN(4) > 0 {
		row := pick(r, w.permissions)
		q.Contract, q.Sender = row.contract, row.address
		switch r.IntN(4) {
		case 0, 1:
			q.Receiver = row.receiver
		case 2:
			q.Receiver = unitID(len(w.units) - 1) // far down
		}
	}
	for range r.IntN(8) - 5 {
		q.Receiver += "#" + randomID(r, len(w.units))
	}
	if rows := slices.Concat(w.routes, w.permissions); len(rows) > 0 && r.IntN(2) == 0 {
		row := pick(r, rows)
		if b := pick(r, []plainBound{row.from, row.to}); !b.at.IsZero() {
			q.At = b.at.Add(pick(r, []time.Duration{-b.slack(), 0, b.slack(), 22 * time.Hour, -2 * time.Hour})).
				Add(time.Duration(r.IntN(3)-1) * time.Millisecond)
		}
	}
	return q
}
