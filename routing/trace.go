package routing

import (
	"strconv"
	"strings"

	"rivgate/tak"
)

// Stage names one kind of step to a decision.
type Stage string

// The stages. Those of routes and permissions tell how the receiver that was
// tried came up.
const (
	StageCatalogue Stage = "catalogue"
	StageReceiver  Stage = "receiver"

	RouteExact   Stage = "route exact"
	RouteParent  Stage = "route parent"
	RouteDefault Stage = "route default"
	RouteLeaf    Stage = "route leaf"

	StageAddress Stage = "address"

	PermissionExact   Stage = "permission exact"
	PermissionParent  Stage = "permission parent"
	PermissionDefault Stage = "permission default"
	PermissionLeaf    Stage = "permission leaf"

	StageProfile Stage = "profile"
)

// Marks are what VP puts between the receivers in its trace strings.
const (
	markParent  = "(parent)"
	markDefault = "(default)"
	markLeaf    = "(leaf)"
	markRefused = "Invalid parameters"
)

// Step is one step to a decision.
type Step struct {
	Stage  Stage
	Tried  string // what was looked up or judged
	Result string // what came of it, in words
	Row    string // the catalogue's ids of the rows found, separated by commas
}

// Trace collects the steps of one decision. The zero Trace is ready; a nil one
// collects nothing and costs nothing. It is not for concurrent use.
type Trace struct {
	Steps []Step

	routes, permissions []string
}

// Routes is VP's routerVagvalTrace: the receivers tried for a route, with marks
// where the way of looking changes, separated by commas.
func (t *Trace) Routes() string { return strings.Join(t.routes, ",") }

// Permissions is VP's routerBehorighetTrace, the same for the permission.
func (t *Trace) Permissions() string { return strings.Join(t.permissions, ",") }

func (t *Trace) add(stage Stage, tried, result, row string) {
	if t != nil {
		t.Steps = append(t.Steps, Step{stage, tried, result, row})
	}
}

func (t *Trace) markRoutes(mark string) {
	if t != nil {
		t.routes = append(t.routes, mark)
	}
}

func (t *Trace) markPermissions(mark string) {
	if t != nil {
		t.permissions = append(t.permissions, mark)
	}
}

func (t *Trace) addRoutes(how Stage, receiver string, rows []tak.Route) {
	if t == nil {
		return
	}
	t.routes = append(t.routes, receiver)
	ids := make([]string, len(rows))
	for i, row := range rows {
		ids[i] = row.ID
	}
	result := "no valid row"
	if len(rows) > 0 {
		result = plural(len(rows), "valid row")
	}
	t.add(how, receiver, result, strings.Join(ids, ","))
}

func (t *Trace) addPermission(how Stage, receiver string, row string, ok bool) {
	if t == nil {
		return
	}
	t.permissions = append(t.permissions, receiver)
	if !ok {
		t.add(how, receiver, "no valid row", "")
		return
	}
	t.add(how, receiver, "permitted", row)
}

func (t *Trace) refuseParts(receiver string) {
	t.markPermissions(markRefused)
	t.add(PermissionLeaf, receiver, "too many parts, or contract or sender not listed for receivers in parts", "")
}

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return strconv.Itoa(n) + " " + noun + "s"
}
