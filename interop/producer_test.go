package interop

import (
	"cmp"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"

	"rivgate/internal/lab"
	"rivgate/internal/lab/labtest"
)

// producer implements the contracts in one profile, over TLS and for the
// gateway alone.
type producer struct {
	*httptest.Server
	profile lab.Profile

	mu   sync.Mutex
	seen map[string][]seen // by the id in the request, which is the case's name
}

// seen is what a producer was told in one call.
type seen struct {
	profile  lab.Profile
	receiver string
	consumer string // x-rivta-original-serviceconsumer-hsaid
	caller   string // common name of the certificate
	note     string
	received string // packaging of the document
	hash     string // of the document
}

func startProducer(t *testing.T, profile lab.Profile, identity *lab.Identity, ca *lab.CA) *producer {
	t.Helper()
	p := &producer{profile: profile, seen: make(map[string][]seen)}
	p.Server = httptest.NewUnstartedServer(http.HandlerFunc(p.serve))
	p.TLS = lab.ServerTLS(identity, ca)
	p.StartTLS()
	t.Cleanup(p.Close)
	return p
}

// take is what was seen of a case, and forgets it.
func (p *producer) take(id string) []seen {
	p.mu.Lock()
	defer p.mu.Unlock()
	calls := p.seen[id]
	delete(p.seen, id)
	return calls
}

func (p *producer) serve(w http.ResponseWriter, r *http.Request) {
	request, err := readMessage(r.Header, r.Body)
	if err != nil {
		answerFault(w, "Client", err.Error(), nil)
		return
	}
	told := seen{consumer: r.Header.Get("x-rivta-original-serviceconsumer-hsaid"), caller: callerOf(r.TLS)}
	if told.profile, told.receiver, err = addressOf(request.envelope.Header); err != nil {
		answerFault(w, "Client", err.Error(), nil)
		return
	}
	if told.profile != p.profile {
		answerFault(w, "Client", fmt.Sprintf("This is a producer of %s", p.profile), nil)
		return
	}
	switch {
	case request.envelope.Body.GetBookings != nil:
		p.bookings(w, told, request.envelope.Body.GetBookings)
	case request.envelope.Body.StoreDocument != nil:
		p.document(w, told, request)
	default:
		answerFault(w, "Client", "The request is of no contract known here", nil)
	}
}

func (p *producer) note(id string, told seen) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.seen[id] = append(p.seen[id], told)
}

// addressOf is the profile that a header is of, and the address in it.
func addressOf(h *header) (lab.Profile, string, error) {
	switch {
	case h == nil || (h.LogicalAddress == "") == (h.To == ""):
		return "", "", fmt.Errorf("the header has not exactly one address")
	case h.To != "":
		return lab.Profile20, h.To, nil
	}
	return lab.Profile21, h.LogicalAddress, nil
}

func callerOf(state *tls.ConnectionState) string {
	if state == nil || len(state.PeerCertificates) == 0 {
		return ""
	}
	return state.PeerCertificates[0].Subject.CommonName
}

// The producer's own fault for a negative number, and its reason.
const (
	noAnswer    = "Begäran går inte att besvara"
	wrongNumber = "Antalet träffar får inte vara negativt"
)

// bookingsFor is the answer to a request: as many bookings as were asked for,
// each with the note that was sent.
func bookingsFor(request *getBookings) *getBookingsResponse {
	answer := &getBookingsResponse{Result: result{"OK", "Här är besöken"}}
	first := time.Date(2026, time.March, 2, 8, 0, 0, 0, time.FixedZone("", 3600))
	for i := range request.MaxHits {
		answer.Bookings = append(answer.Bookings, booking{
			ID:       ii{"1.2.752.999", fmt.Sprintf("%s-%d", request.SubjectID.Extension, i+1)},
			Start:    first.Add(time.Duration(i) * time.Hour).Format(time.RFC3339),
			Status:   []string{"BOOKED", "CANCELLED"}[i%2],
			CareUnit: fmt.Sprintf("Ögonmottagningen <%d> & Åre", i+1),
			Note:     request.Note,
		})
	}
	return answer
}

func (p *producer) bookings(w http.ResponseWriter, told seen, request *getBookings) {
	told.note = request.Note
	p.note(request.SubjectID.Extension, told)
	if request.MaxHits < 0 {
		answerFault(w, "Client", noAnswer, &bookingFault{Reason: wrongNumber, SubjectID: request.SubjectID})
		return
	}
	answer(w, http.StatusOK, &message{envelope: envelope{Body: body{GetBookingsResponse: bookingsFor(request)}}})
}

// receiptFor is the attachment that a document is answered with: the document
// itself, backwards.
func receiptFor(document []byte) []byte {
	receipt := slices.Clone(document)
	slices.Reverse(receipt)
	return receipt
}

func (p *producer) document(w http.ResponseWriter, told seen, request *message) {
	asked := request.envelope.Body.StoreDocument
	data, packaging, err := request.data(asked.Content)
	if err != nil {
		answerFault(w, "Client", err.Error(), nil)
		return
	}
	told.note, told.received, told.hash = asked.Name, packaging, hashOf(data)
	p.note(asked.DocumentID.Extension, told)
	response := &storeDocumentResponse{
		Result: result{"OK", "Dokumentet är mottaget"}, Name: asked.Name, ReceivedAs: packaging, ReceivedHash: hashOf(data),
	}
	m := &message{envelope: envelope{Body: body{StoreDocumentResponse: response}}}
	m.attach(&response.Receipt, cmp.Or(asked.AnswerAs, inline), receiptFor(data))
	answer(w, http.StatusOK, m)
}

func hashOf(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

func answerFault(w http.ResponseWriter, side, text string, detail *bookingFault) {
	fault := &soapFault{Code: faultCode{soap11, "soap:" + side}, String: text, Detail: faultDetail{Booking: detail}}
	answer(w, http.StatusInternalServerError, &message{envelope: envelope{Body: body{Fault: fault}}})
}

func answer(w http.ResponseWriter, status int, m *message) {
	contentType, data, err := m.write()
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", contentType)
	w.WriteHeader(status)
	_, _ = w.Write(data) // the gateway notices an answer that breaks off
}

// newProducers starts one of each profile.
func newProducers(t *testing.T, ca *lab.CA) (p21, p20 *producer) {
	t.Helper()
	identity := labtest.Issue(t, ca, lab.Subject{CN: "producer"}, lab.ForServer("localhost", "127.0.0.1"))
	return startProducer(t, lab.Profile21, identity, ca), startProducer(t, lab.Profile20, identity, ca)
}
