package admin_test

import (
	"context"
	"errors"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"rivgate/admin"
)

// decided is an answer in the form of /api/explain.
type decided struct {
	Decision struct {
		Code      string `json:"code"`
		Detail    string `json:"detail"`
		KeepAlive bool   `json:"keep_alive"`
		TLS       any    `json:"tls"`
	} `json:"decision"`
	Steps []decidedStep `json:"steps"`
}

type decidedStep struct {
	Stage  string `json:"stage"`
	Tried  string `json:"tried"`
	Result string `json:"result"`
	Row    string `json:"row"`
}

func vp004() decided {
	var d decided
	d.Decision.Code, d.Decision.Detail, d.Decision.KeepAlive = "VP004", "No receiverId for <b>", true
	d.Steps = []decidedStep{{"route exact", "SE0000000000-UNIT1", "no valid row", ""}}
	return d
}

func TestQuestions(t *testing.T) {
	noon := time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC)
	tests := []struct {
		name, query string
		want        admin.Question
	}{
		{"least", "contract=urn:riv:c", admin.Question{Contract: "urn:riv:c"}}, // a call without address is VP003
		{"usual", "contract=urn:riv:c&receiver=SE-R", admin.Question{Contract: "urn:riv:c", Receiver: "SE-R"}},
		{
			"all", "contract=c&receiver=r&sender=s&profile=RIVTABP21&at=2026-07-01T12:00:00Z",
			admin.Question{Contract: "c", Receiver: "r", Sender: "s", Profile: "RIVTABP21", At: noon},
		},
		{"empty is left out", "contract=c&receiver=r&sender=&profile=&at=", admin.Question{Contract: "c", Receiver: "r"}},
		{"as written, blanks and all", "contract=c&receiver=+r%20", admin.Question{Contract: "c", Receiver: " r "}},
		{"date", "contract=c&receiver=r&at=2026-07-01", admin.Question{Contract: "c", Receiver: "r", At: noon}},
		{"zone", "contract=c&receiver=r&at=2026-07-01T14:00:00%2B02:00", admin.Question{Contract: "c", Receiver: "r", At: noon}},
		{
			"zone, its plus not escaped", "contract=c&receiver=r&at=2026-07-01T14:00:00+02:00",
			admin.Question{Contract: "c", Receiver: "r", At: noon},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got admin.Question
			h := newAdmin(func(o *admin.Options) {
				o.Explain = func(_ context.Context, q admin.Question) (any, error) {
					got = q
					return vp004(), nil
				}
			})
			w := ask(h, "GET", "/api/explain?"+tt.query)
			const want = `{
  "decision": {
    "code": "VP004",
    "detail": "No receiverId for <b>",
    "keep_alive": true,
    "tls": null
  },
  "steps": [
    {
      "stage": "route exact",
      "tried": "SE0000000000-UNIT1",
      "result": "no valid row",
      "row": ""
    }
  ]
}
`
			if w.Code != 200 || w.Header().Get("Content-Type") != "application/json" || w.Body.String() != want {
				t.Errorf("%d %q\n%s", w.Code, w.Header().Get("Content-Type"), w.Body)
			}
			if !got.At.Equal(tt.want.At) {
				t.Errorf("at %v, want %v", got.At, tt.want.At)
			}
			got.At, tt.want.At = time.Time{}, time.Time{}
			if got != tt.want {
				t.Errorf("asked %+v, want %+v", got, tt.want)
			}
		})
	}
}

func TestQuestionsThatAreNone(t *testing.T) {
	tests := []struct{ name, query, reason string }{
		{"nothing", "", "parameter contract is missing"},
		{"no contract", "receiver=r", "parameter contract is missing"},
		{"twice", "contract=c&receiver=r&receiver=r", "parameter receiver is given more than once"},
		{"misspelt", "contract=c&receiver=r&reciever=x", `unknown parameter \"reciever\"; there are contract, receiver, sender, profile and at`},
		{
			"bad time", "contract=c&receiver=r&at=tomorrow",
			"parameter at is neither a time such as 2026-01-31T12:00:00Z nor a date such as 2026-01-31",
		},
		{
			"the instant that means now", "contract=c&receiver=r&at=0001-01-01T00:00:00Z",
			"parameter at is neither a time such as 2026-01-31T12:00:00Z nor a date such as 2026-01-31",
		},
		{
			"no such day", "contract=c&receiver=r&at=2026-02-30",
			"parameter at is neither a time such as 2026-01-31T12:00:00Z nor a date such as 2026-01-31",
		},
		{"bad escape", "contract=%zz&receiver=r", `the query cannot be read: invalid URL escape \"%zz\"`},
		{"semicolon", "contract=c;receiver=r", "the query cannot be read: invalid semicolon separator in query"},
		{"unknown profile", "contract=c&receiver=r&profile=x", "profile is neither RIVTABP20 nor RIVTABP21"},
	}
	h := newAdmin(func(o *admin.Options) {
		o.Explain = func(_ context.Context, q admin.Question) (any, error) {
			if q.Profile != "x" {
				t.Errorf("%+v was asked", q)
			}
			return nil, errors.New("profile is neither RIVTABP20 nor RIVTABP21")
		}
	})
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := ask(h, "GET", "/api/explain?"+tt.query)
			want := "{\n  \"error\": \"" + tt.reason + "\"\n}\n"
			if w.Code != 400 || w.Header().Get("Content-Type") != "application/json" || w.Body.String() != want {
				t.Errorf("%d %q %s, want %s", w.Code, w.Header().Get("Content-Type"), w.Body, want)
			}
		})
	}
}

func TestExplanationThatIsNoJSON(t *testing.T) {
	h := newAdmin(func(o *admin.Options) {
		o.Explain = func(context.Context, admin.Question) (any, error) { return func() {}, nil }
	})
	w := ask(h, "GET", "/api/explain?contract=c&receiver=r")
	if w.Code != 500 || w.Body.String() != "{\"error\": \"the answer cannot be written as JSON\"}\n" {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

func questionSeeds() []string {
	return []string{
		"contract=c", "contract=c&receiver=r", "contract=c&receiver=r&sender=s&profile=p&at=2026-07-01", "at=2026-07-01T14:00:00+02:00&contract=a&receiver=b",
		"contract=c&contract=c&receiver=r", "x=1", "", "%", ";", "contract=%00&receiver=%ff", "at=0000-00-00&contract=c&receiver=r",
	}
}

// FuzzQuestion: what is asked is what an independent reading of the query says,
// and nothing incomplete is asked.
func FuzzQuestion(f *testing.F) {
	for _, seed := range questionSeeds() {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, query string) {
		var got *admin.Question
		h := newAdmin(func(o *admin.Options) {
			o.Explain = func(_ context.Context, q admin.Question) (any, error) {
				got = &q
				return struct{}{}, nil
			}
		})
		r := httptest.NewRequest("GET", "/api/explain", nil)
		r.URL.RawQuery = query
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		checkAsked(t, got, w.Code, query)
	})
}

func checkAsked(t *testing.T, got *admin.Question, status int, query string) {
	t.Helper()
	if (got == nil) != (status == 400) {
		t.Fatalf("%q: %d, asked %+v", query, status, got)
	}
	if got == nil {
		return
	}
	values, err := url.ParseQuery(query)
	if err != nil {
		t.Fatalf("%q was asked: %v", query, err)
	}
	want := admin.Question{
		Contract: values.Get("contract"), Receiver: values.Get("receiver"), Sender: values.Get("sender"),
		Profile: values.Get("profile"), At: got.At,
	}
	if *got != want || got.Contract == "" || len(values) > 5 || (values.Get("at") == "") != got.At.IsZero() {
		t.Fatalf("%q: asked %+v, want %+v", query, *got, want)
	}
}
