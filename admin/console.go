package admin

import (
	"bytes"
	"crypto/rand"
	_ "embed" // console.html
	"html/template"
	"net/http"
	"strings"
	"time"
)

//go:embed console.html
var consoleHTML string

var consoleTemplate = template.Must(template.New("console").Funcs(template.FuncMap{
	"age":    age,
	"join":   strings.Join,
	"moment": moment,
}).Parse(consoleHTML))

// consolePage is what the console shows.
type consolePage struct {
	Nonce    string
	State    State
	NotReady []string
	Links    []string // what can be read
	Acts     []string // what can be done without saying more
	Token    bool     // and needs the token

	Explains    bool
	Form        []field
	Problem     string // what is wrong with the question
	Explanation *explanation
}

// field is a name with what it holds.
type field struct{ Name, Value string }

// console answers with the page for people. It needs no scripts; a query is a
// question to explain.
func (a *Admin) console(w http.ResponseWriter, r *http.Request) {
	state := a.o.State()
	page := consolePage{
		Nonce:    rand.Text(),
		State:    state,
		NotReady: state.NotReady(),
		Token:    a.o.Token != "",
		Explains: a.o.Explain != nil,
	}
	a.listPaths(&page)
	if page.Explains {
		a.answerForm(&page, r)
	}
	var b bytes.Buffer
	if err := consoleTemplate.Execute(&b, page); err != nil {
		writeText(w, http.StatusInternalServerError, "the page cannot be written\n")
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'nonce-"+page.Nonce+
		"'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'")
	write(w, b.String())
}

func (a *Admin) listPaths(page *consolePage) {
	for _, e := range a.endpoints {
		switch {
		case e.path == "/" || e.path == "/api/explain": // this page, and its form
		case e.read != nil:
			page.Links = append(page.Links, e.path)
		default:
			page.Acts = append(page.Acts, e.path)
		}
	}
}

// answerForm fills the form with what was asked, and answers that.
func (a *Admin) answerForm(page *consolePage, r *http.Request) {
	asked := r.URL.Query()
	for _, name := range []string{"contract", "receiver", "sender", "profile", "at"} {
		page.Form = append(page.Form, field{name, asked.Get(name)})
	}
	if r.URL.RawQuery == "" {
		return
	}
	question, err := parseQuestion(r.URL.RawQuery)
	if err != nil {
		page.Problem = err.Error()
		return
	}
	answer, err := a.o.Explain(r.Context(), question)
	if err == nil {
		page.Explanation, err = readExplanation(answer)
	}
	if err != nil {
		page.Problem = err.Error()
	}
}

// moment is a time for people, with how long ago it was.
func moment(t time.Time) string {
	if t.IsZero() {
		return "–"
	}
	return t.Format(time.RFC3339) + " (" + age(t) + " ago)"
}

func age(t time.Time) string { return time.Since(t).Round(time.Second).String() }
