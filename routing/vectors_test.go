package routing_test

import (
	"testing"

	"rivgate/fault"
	"rivgate/routing"
	"rivgate/tak"
)

// vectorView is the catalogue and the tree for which VP's answers are known.
func vectorView(t testing.TB, change func(*routing.Rules)) *routing.View {
	expired := route(t, "r3", "SE0000000005-1234", "http://p5.example")
	expired.Valid = validity(t, "2013-01-01T00:00:00Z", "2014-01-01T00:00:00Z")
	other := route(t, "r5", "R2", "http://two-20.example")
	other.Profile = "RIVTABP20"
	catalogue := tak.New([]tak.Route{
		route(t, "r1", "SE0000000003-1234", "p3"),
		route(t, "r2", "*", "default"),
		expired,
		route(t, "r4", "R2", "http://two-21.example"), other,
		route(t, "r6", "A#B", "hash"),
	}, []tak.Permission{
		permission(t, "b1", "SE0000000004-1234", "S1"),
		permission(t, "b2", "B", "S1"),
		permission(t, "b3", "*", "S2"),
		permission(t, "b4", "SE", "S3"),
	})
	tree := units(t,
		"SE0000000000-1234|ou=0,ou=2,ou=3,o=4,c=SE",
		"SE0000000001-1234|ou=1,ou=2,ou=3,o=4,c=SE",
		"SE0000000002-1234|ou=2,ou=3,o=4,c=SE",
		"SE0000000003-1234|ou=3,o=4,c=SE",
		"SE0000000004-1234|o=4,c=SE",
		"SE0000000005-1234|ou=5,ou=3,o=4,c=SE",
	)
	r := rules()
	if change != nil {
		change(&r)
	}
	return routing.NewView(catalogue, tree, r)
}

func TestVectors(t *testing.T) {
	delimiter := func(d string) func(*routing.Rules) {
		return func(r *routing.Rules) { r.Delimiter = d }
	}
	noTree := func(r *routing.Rules) { r.HSARoutes.Enabled, r.HSAPermissions.Enabled = false, false }
	contracts := func(list ...string) func(*routing.Rules) {
		return func(r *routing.Rules) { r.Contracts = list }
	}
	const p3, byDefault, hash, none, two = "p3", "default", "hash", "none", "two"
	const climbed = "SE0000000001-1234,(parent),SE0000000002-1234,SE0000000003-1234"

	tests := []struct {
		name             string
		rules            func(*routing.Rules)
		sender, receiver string
		route            string
		routes           string
		permitted        bool
		permissions      string
	}{
		{
			"climb", nil, "S1", "SE0000000001-1234", p3, climbed, true,
			"SE0000000001-1234,(default),*,(parent),SE0000000002-1234,SE0000000003-1234,SE0000000004-1234",
		},
		{
			"climbing minds case", nil, "S1", "se0000000001-1234", byDefault, "se0000000001-1234,(parent),SE,(default),*", false,
			"se0000000001-1234,(default),*,(parent),SE",
		},
		{
			"exact ignores case", nil, "S1", "se0000000003-1234", p3, "se0000000003-1234", false,
			"se0000000003-1234,(default),*,(parent),SE",
		},
		{
			"own row expired", nil, "S1", "SE0000000005-1234", p3, "SE0000000005-1234,(parent),SE0000000003-1234", true,
			"SE0000000005-1234,(default),*,(parent),SE0000000003-1234,SE0000000004-1234",
		},
		{
			"topmost", nil, "S1", "SE0000000004-1234", byDefault, "SE0000000004-1234,(parent),SE,(default),*", true,
			"SE0000000004-1234",
		},
		{
			"unknown", nil, "S1", "unknown", byDefault, "unknown,(parent),SE,(default),*", false,
			"unknown,(default),*,(parent),SE",
		},
		{"root", nil, "S1", "SE", byDefault, "SE,(parent),(default),*", false, "SE,(default),*,(parent)"},
		{"root in lower case", nil, "S1", "se", byDefault, "se,(parent),SE,(default),*", false, "se,(default),*,(parent),SE"},
		{"default itself", nil, "S1", "*", byDefault, "*", false, "*,(default),*,(parent),SE"},
		{"two rows", nil, "S1", "R2", two, "R2", false, "R2,(default),*,(parent),SE"},
		{"two rows in lower case", nil, "S1", "r2", two, "r2", false, "r2,(default),*,(parent),SE"},
		{"leading space", nil, "S1", " R2", byDefault, " R2,(parent),SE,(default),*", false, " R2,(default),*,(parent),SE"},
		{"literal row is out of reach", nil, "S1", "A#B", none, "(leaf),B,A", true, "(leaf),B"},
		{"three parts", nil, "S1", "A#B#C", none, "(leaf),C,B,A", false, "(leaf),Invalid parameters"},
		{"part twice", nil, "S1", "A#B#A", none, "(leaf),B,A", true, "(leaf),B"},
		{"delimiter alone", nil, "S1", "#", none, "(leaf)", false, "(leaf)"},
		{"second part found", nil, "S1", "R2#unknown", two, "(leaf),unknown,R2", false, "(leaf),unknown,R2"},
		{"default permission", nil, "S2", "SE0000000001-1234", p3, climbed, true, "SE0000000001-1234,(default),*"},
		{"default permission is not for parts", nil, "S2", "A#R2", two, "(leaf),R2", false, "(leaf),R2,A"},
		{
			"permission on the root", nil, "S3", "SE0000000001-1234", p3, climbed, true,
			"SE0000000001-1234,(default),*,(parent),SE0000000002-1234,SE0000000003-1234,SE0000000004-1234,SE",
		},
		{
			"unknown, permission on the root", nil, "S3", "unknown", byDefault, "unknown,(parent),SE,(default),*", true,
			"unknown,(default),*,(parent),SE",
		},
		{"no climbing", noTree, "S1", "unknown", byDefault, "unknown,(default),*", false, "unknown,(default),*"},
		{
			"contract not listed", contracts("URN:RIV:TEST:GETTHINGRESPONDER:1"), "S1", "A#B", none, "(leaf),B,A", false,
			"(leaf),Invalid parameters",
		},
		{"no delimiter", delimiter(""), "S1", "A#B", hash, "A#B", false, "A#B,(default),*,(parent),SE"},
		{"delimiter of two, one in the receiver", delimiter("##"), "S1", "A#B", hash, "A#B", false, "A#B,(default),*,(parent),SE"},
		{"delimiter of two", delimiter("##"), "S1", "A##B", none, "(leaf),B,A", true, "(leaf),B"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d, trace := decide(t, vectorView(t, tt.rules), question(tt.sender, tt.receiver))
			if got := foundRoute(d); got != tt.route {
				t.Errorf("route %s, want %s", got, tt.route)
			}
			if got := trace.Routes(); got != tt.routes {
				t.Errorf("routes      %s\nwant        %s", got, tt.routes)
			}
			if got := d.PermissionFault == nil; got != tt.permitted {
				t.Errorf("permitted %v, want %v", got, tt.permitted)
			}
			if got := trace.Permissions(); got != tt.permissions {
				t.Errorf("permissions %s\nwant        %s", got, tt.permissions)
			}
		})
	}
}

// foundRoute is the route's address, or how many there are instead.
func foundRoute(d routing.Decision) string {
	switch {
	case d.RouteFault == nil:
		return d.Route.Address
	case d.RouteFault.Code == fault.VP004:
		return "none"
	case d.RouteFault.Code == fault.VP006:
		return "two"
	}
	return d.RouteFault.Error()
}

// A route on the root is found for every receiver, ahead of the default.
func TestRouteOnRoot(t *testing.T) {
	catalogue := tak.New([]tak.Route{route(t, "1", "*", "default"), route(t, "2", "SE", "root")}, nil)
	d, trace := decide(t, routing.NewView(catalogue, units(t, "A|o=a,c=SE"), rules()), question("S", "unknown"))
	if d.Route.Address != "root" || d.ReceiverMatched != "SE" || trace.Routes() != "unknown,(parent),SE" {
		t.Errorf("got %s by %s", d.Route.Address, trace.Routes())
	}
}
