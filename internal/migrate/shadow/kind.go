package shadow

// Kind is in what way two outcomes differ.
type Kind string

// The kinds, the gravest first.
const (
	Opened   Kind = "opened"   // VP refused, rivgate would call the producer
	Rerouted Kind = "rerouted" // both call, but not the same address
	Misread  Kind = "misread"  // sender, contract or receiver were read otherwise
	Refused  Kind = "refused"  // VP called the producer, rivgate would refuse
	Recoded  Kind = "recoded"  // both refuse, with different codes
)

var kinds = []Kind{Opened, Rerouted, Misread, Refused, Recoded}

// kindOf compares; "" is the same.
func kindOf(vp, own Outcome) Kind {
	switch {
	case vp.Code != "" && own.Code == "":
		return Opened
	case vp.Code == "" && own.Code != "":
		return Refused
	case vp.Code != own.Code:
		return Recoded
	case vp.Code == "" && vp.Target != own.Target:
		return Rerouted
	}
	return ""
}
