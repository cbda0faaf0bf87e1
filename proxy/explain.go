package proxy

import (
	"fmt"
	"strings"
	"time"

	"rivgate/fault"
	"rivgate/proxy/upstream"
	"rivgate/rivta"
	"rivgate/routing"
)

// Explanation is a decision with every step to it, as people and programs read
// it. Its JSON form is a contract.
type Explanation struct {
	Decision ExplainedDecision `json:"decision"`
	Steps    []ExplainedStep   `json:"steps"`
	View     ExplainedView     `json:"view"`
	Advice   []string          `json:"advice,omitempty"` // what would have made it pass
}

// ExplainedDecision is what a caller would get.
type ExplainedDecision struct {
	Code       string `json:"code"`   // VP code, "" if the call would be made
	Detail     string `json:"detail"` // the fault's detail
	Target     string `json:"target"` // the route's address
	ProfileIn  string `json:"profile_in"`
	ProfileOut string `json:"profile_out"`
	Timeout    string `json:"timeout"` // a Go duration
	KeepAlive  bool   `json:"keep_alive"`
	TLS        string `json:"tls"` // which TLS settings, "" for plain HTTP
}

// ExplainedStep is one thing that was tried.
type ExplainedStep struct {
	Stage  string `json:"stage"`
	Tried  string `json:"tried"`
	Result string `json:"result"`
	Row    string `json:"row"` // ids of catalogue rows
}

// ExplainedView says what was decided by.
type ExplainedView struct {
	TAK string `json:"tak"` // the catalogue's revision, "" for none
	HSA string `json:"hsa"` // the tree's date and size
}

// Explain answers a question as a call would be answered, by the same decider
// and the same lookups, and tells every step. Without a profile no conversion
// is asked about, and with RouteOnly no permission.
func (v *View) Explain(q routing.Question) Explanation {
	var trace routing.Trace
	decision := routing.Decide(v.Routing, q, &trace)
	e := Explanation{Steps: make([]ExplainedStep, 0, len(trace.Steps)+2), View: v.Explained()}
	for _, step := range trace.Steps {
		e.Steps = append(e.Steps, ExplainedStep{string(step.Stage), step.Tried, step.Result, step.Row})
	}
	if q.Profile != rivta.Unknown {
		e.Decision.ProfileIn = q.Profile.String()
	}
	if decision.Route.Address != "" {
		e.explainTarget(v, q, decision)
	}
	if failure := decision.Fault(); failure != nil {
		e.Decision.Code, e.Decision.Detail = string(failure.Code), failure.Detail
		e.Advice = v.advice(failure.Code, q, &trace)
	}
	return e
}

// explainTarget tells how the producer would be called.
func (e *Explanation) explainTarget(v *View, q routing.Question, decision routing.Decision) {
	settings := v.Virtualisations.For(q.Contract, q.Receiver)
	e.Decision.Target = decision.Route.Address
	e.Decision.ProfileOut = decision.Route.Profile
	e.Decision.Timeout = settings.Timeout.String()
	e.Decision.KeepAlive = settings.KeepAlive
	e.Steps = append(e.Steps, ExplainedStep{
		"virtualisation", q.Contract,
		fmt.Sprintf("timeout %s, keep-alive %t, from %s", settings.Timeout, settings.KeepAlive, settings.Source), "",
	})
	target, err := upstream.ParseTarget(decision.Route.Address)
	if err != nil || target.Scheme != "https" {
		return
	}
	e.Decision.TLS = v.TLS.For(target.Addr).Name
	e.Steps = append(e.Steps, ExplainedStep{"tls", target.Addr, e.Decision.TLS, ""})
}

// Explained says what v decides by.
func (v *View) Explained() ExplainedView {
	var view ExplainedView
	if catalogue := v.Routing.Catalogue(); catalogue != nil {
		view.TAK = catalogue.Revision()
	}
	if tree := v.Routing.Tree(); tree.Len() > 0 {
		view.HSA = fmt.Sprintf("%s, %d units", tree.Created().Format(time.RFC3339), tree.Len())
	}
	return view
}

// advice says what would have made the call pass. It reads the whole catalogue.
func (v *View) advice(code fault.Code, q routing.Question, trace *routing.Trace) []string {
	switch code {
	case fault.VP003:
		return []string{"a logical address in the SOAP header"}
	case fault.VP004:
		advice := []string{fmt.Sprintf("a valid route for %s at one of: %s", q.Contract, addresses(trace.Routes()))}
		return append(advice, v.nearRoutes(q)...)
	case fault.VP006:
		return []string{"exactly one valid route: end the others, or give them dates that do not overlap"}
	case fault.VP007:
		return []string{fmt.Sprintf("a valid permission for %s to call %s at one of: %s", q.Sender, q.Contract, addresses(trace.Permissions()))}
	case fault.VP008:
		return []string{"contact with TAK, or a local copy"}
	case fault.VP010:
		return []string{"an address on the route that can be called, http or https"}
	case fault.VP005:
		return []string{"a route whose profile is RIVTABP20 or RIVTABP21"}
	}
	return nil
}

// nearRoutes finds what is almost a route: rows of the contract and receiver
// that are not valid now, or a contract nobody serves.
func (v *View) nearRoutes(q routing.Question) []string {
	catalogue := v.Routing.Catalogue()
	if !catalogue.HasContract(q.Contract) {
		return []string{"the catalogue has no such contract"}
	}
	var near []string
	for route := range catalogue.AllRoutes() {
		if strings.EqualFold(route.Contract, q.Contract) && strings.EqualFold(route.Receiver, strings.TrimSpace(q.Receiver)) {
			near = append(near, fmt.Sprintf("row %s for %q is valid from %s to %s", route.ID, route.Receiver, route.Valid.From(), route.Valid.To()))
		}
	}
	return near
}

// addresses takes VP's marks out of a trace.
func addresses(trace string) string {
	var tried []string
	for address := range strings.SplitSeq(trace, ",") {
		if !strings.HasPrefix(address, "(") {
			tried = append(tried, address)
		}
	}
	return strings.Join(tried, ", ")
}
