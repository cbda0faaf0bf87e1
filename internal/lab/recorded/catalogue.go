package recorded

import (
	"strings"

	"rivgate/internal/lab"
)

const (
	consumer = "SE0000000000-CONS1"
	platform = "SE0000000000-VP01"

	getThing     = "urn:riv:test:GetThingResponder:1"
	slowThing    = "urn:riv:test:SlowThingResponder:1"
	defaultThing = "urn:riv:test:DefaultThingResponder:1"
	noKeep       = "urn:riv:test:NoKeepResponder:1"
)

// ownPaths are the receivers whose producer answers at their own name in
// lower case; quirks are those that are called Q- and the path in upper case.
var (
	ownPaths = strings.Fields("FAULT500 FAULT200 EMPTY NOCONTENT NOTFOUND HTML500 REDIRECT RESET CLOSE TEXT MTOM SOAP12")
	quirks   = strings.Fields(`status201 status202 status400 status403 status503
		fault500app fault500noct fault500plain fault500soap12 fault500empty fault500xhtml
		gzip chunked latin1 latin1decl noct headers trunc truncmid cutchunk untilclose http10
		early100 early103 garbage halfhead bothlengths`)
)

// units are a chain: each lies under the next.
var units = []lab.Unit{
	{ID: "SE0000000001-1234", DN: "ou=A,ou=B,o=C,l=VpW,c=SE", Name: "A"},
	{ID: "SE0000000002-1234", DN: "ou=B,o=C,l=VpW,c=SE", Name: "B"},
	{ID: "SE0000000003-1234", DN: "o=C,l=VpW,c=SE", Name: "C"},
	{ID: "SE", DN: "c=SE", Name: "Sverige"},
}

// catalogue is the one the calls were made against, with the producers' live
// addresses.
func catalogue(plain, secure string) *lab.Catalogue {
	at := func(path string) string { return "http://" + plain + path }
	c := &lab.Catalogue{}
	c.Route(getThing, "RIVTABP21", at("/ok?x=1&y=2"), "HTTP21")
	c.Route(getThing, "RIVTABP21", "https://"+secure+"/ok", "HTTPS21")
	c.Route(getThing, "RIVTABP20", at("/ok"), "HTTP20")
	c.Route(getThing, "RIVTABP21", at("/ok"), "NOPERM", "MULTI")
	c.Route(getThing, "RIVTABP20", at("/ok"), "MULTI")
	c.Route(getThing, "RIVTABP21", "", "NOADDR")
	c.Route(getThing, "RIVTABP22", at("/ok"), "UNKPROF")
	c.Routes = append(c.Routes, lab.Route{
		Receiver: "EXPIRED", Contract: getThing, Profile: "RIVTABP21", Address: at("/ok"),
		From: "2013-08-09T13:25:24.260+02:00", To: "2014-08-09T13:25:24.260+02:00",
	})
	c.Route(getThing, "RIVTABP21", "http://127.0.0.1:1/x", "DEAD")
	for _, receiver := range ownPaths {
		c.Route(getThing, "RIVTABP21", at("/"+strings.ToLower(receiver)), receiver)
	}
	for _, quirk := range quirks {
		c.Route(getThing, "RIVTABP21", at("/"+quirk), "Q-"+strings.ToUpper(quirk))
	}
	c.Route(getThing, "RIVTABP21", at("/bulk?size=3000000"), "BULK3")
	c.Route(getThing, "RIVTABP21", at("/bulk?size=16000000"), "BULK16")
	c.Route(slowThing, "RIVTABP21", at("/slow"), "SLOW")
	c.Route(slowThing, "RIVTABP21", at("/drip"), "DRIP")
	c.Route(noKeep, "RIVTABP21", at("/ok"), "NOKA")
	c.Route(defaultThing, "RIVTABP21", at("/default"), "*")
	c.Route(defaultThing, "RIVTABP21", at("/climbed"), "SE0000000003-1234")
	c.Route(defaultThing, "RIVTABP21", at("/second"), "SECOND")
	permit(c)
	return c
}

// permit lets both callers call what there is, but for three receivers, of
// which the consumer gets one back together with one that has no route.
func permit(c *lab.Catalogue) {
	withheld := map[string]bool{"NOPERM": true, "*": true, "SE0000000003-1234": true}
	for _, route := range c.Routes {
		if withheld[route.Receiver] {
			continue
		}
		for _, sender := range []string{consumer, platform} {
			c.Permit(sender, route.Contract, route.Receiver)
		}
	}
	c.Permit(consumer, defaultThing, "*")
	c.Permit(consumer, getThing, "NOWHERE")
}
