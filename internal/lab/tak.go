package lab

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"
)

// TAKPath is where the stand-in answers.
const TAKPath = "/tak-services/SokVagvalsInfo/v2"

const catalogueNamespace = "urn:skl:tp:vagvalsinfo:v2"

// Operation is one of the two questions a gateway asks TAK.
type Operation string

// The operations of SokVagvalsInfo v2 that gateways use.
const (
	AllRoutes      Operation = "hamtaAllaVirtualiseringar"
	AllPermissions Operation = "hamtaAllaAnropsBehorigheter"
)

// Health is how a TAK stand-in answers.
type Health uint8

// The ways in which TAK fails, and the one in which it does not.
const (
	Healthy Health = iota
	Faulty         // a SOAP fault, HTTP 500
	Empty          // an answer without rows
	Cut            // half an answer, then the connection is cut
	Slow           // nothing for as long as the caller waits
	Down           // connections are refused; this concerns both operations
)

// TAK is a stand-in for TAK's SokVagvalsInfo v2. It is safe for concurrent
// use; a change holds for every request that arrives after it.
type TAK struct {
	address string

	mu      sync.Mutex
	server  *http.Server // nil while down
	answers map[Operation][]byte
	health  map[Operation]Health
	asked   []string
}

// StartTAK serves catalogue on address, or on a free port of 127.0.0.1 if that
// is empty, until Close.
func StartTAK(address string, catalogue Catalogue) (*TAK, error) {
	t := &TAK{address: address, answers: answersOf(catalogue), health: make(map[Operation]Health)}
	if err := t.up(); err != nil {
		return nil, err
	}
	return t, nil
}

// URL is the address to configure; its WSDL is at the same address with "?wsdl".
func (t *TAK) URL() string { return "http://" + t.address + TAKPath }

// Serve replaces the catalogue.
func (t *TAK) Serve(catalogue Catalogue) {
	answers := answersOf(catalogue)
	t.mu.Lock()
	defer t.mu.Unlock()
	t.answers = answers
}

// answersOf are a catalogue's answers, written once: a large one takes longer to
// write than to send.
func answersOf(c Catalogue) map[Operation][]byte {
	return map[Operation][]byte{AllRoutes: c.RoutesAnswer(), AllPermissions: c.PermissionsAnswer()}
}

// Become changes how both operations are answered. Coming back from Down
// fails when something else took the port meanwhile.
func (t *TAK) Become(health Health) error {
	t.mu.Lock()
	t.health[AllRoutes], t.health[AllPermissions] = health, health
	t.mu.Unlock()
	if health == Down {
		return t.down()
	}
	return t.up()
}

// BecomeFor changes how one operation is answered. Down is for Become alone
// and counts as Faulty here.
func (t *TAK) BecomeFor(operation Operation, health Health) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.health[operation] = health
}

// Asked lists what was asked since the start, in order: "GET ?wsdl" and the
// names of operations.
func (t *TAK) Asked() []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return append([]string(nil), t.asked...)
}

// Close stops serving and closes all connections, slow answers included.
func (t *TAK) Close() error { return t.down() }

func (t *TAK) up() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.server != nil {
		return nil
	}
	listener, err := listen(t.address)
	if err != nil {
		return fmt.Errorf("TAK stand-in: %w", err)
	}
	t.address = listener.Addr().String()
	t.server = &http.Server{Handler: http.HandlerFunc(t.handle), ReadHeaderTimeout: 10 * time.Second}
	go t.server.Serve(listener)
	return nil
}

func (t *TAK) down() error {
	t.mu.Lock()
	server := t.server
	t.server = nil
	t.mu.Unlock()
	if server == nil {
		return nil
	}
	return server.Close()
}

func (t *TAK) handle(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.URL.Path != TAKPath:
		http.NotFound(w, r)
	case r.Method == http.MethodGet && strings.EqualFold(r.URL.RawQuery, "wsdl"):
		t.note("GET ?wsdl")
		w.Header().Set("Content-Type", "text/xml;charset=UTF-8")
		io.WriteString(w, takWSDL("http://"+r.Host+TAKPath))
	case r.Method == http.MethodPost:
		t.answer(w, r)
	default:
		http.Error(w, "POST or GET ?wsdl", http.StatusMethodNotAllowed)
	}
}

func (t *TAK) answer(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, 1<<20))
	if err != nil {
		return
	}
	operation := AllRoutes
	switch {
	case strings.Contains(string(body), string(AllPermissions)):
		operation = AllPermissions
	case !strings.Contains(string(body), string(AllRoutes)):
		takFault(w, "unknown operation")
		return
	}
	t.note(string(operation))
	health, rows := t.state(operation)
	switch health {
	case Faulty, Down:
		takFault(w, "An error occured. Try rollback from TAK-WEB.")
	case Empty:
		writeXML(w, catalogueAnswer(operation, func(io.StringWriter) {}))
	case Cut:
		writeXML(w, rows[:len(rows)/2])
		http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler) // net/http's way to cut a connection
	case Slow:
		<-r.Context().Done()
	default:
		writeXML(w, rows)
	}
}

// state is how to answer an operation, and its rows.
func (t *TAK) state(operation Operation) (Health, []byte) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.health[operation], t.answers[operation]
}

func (t *TAK) note(what string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.asked = append(t.asked, what)
}

func writeXML(w http.ResponseWriter, body []byte) {
	w.Header().Set("Content-Type", "text/xml;charset=UTF-8")
	w.Write(body)
}

func takFault(w http.ResponseWriter, reason string) {
	w.Header().Set("Content-Type", "text/xml;charset=UTF-8")
	w.WriteHeader(http.StatusInternalServerError)
	fmt.Fprintf(w, `<soap:Envelope xmlns:soap="%s"><soap:Body><soap:Fault><faultcode>soap:Server</faultcode>`+
		`<faultstring>%s</faultstring></soap:Fault></soap:Body></soap:Envelope>`, soap11, escape.Replace(reason))
}
