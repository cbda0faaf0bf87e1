package interop

import "encoding/xml"

// The namespaces of contracts/.
const (
	getBookingsContract   = "urn:riv:example:booking:GetBookingsResponder:1"
	storeDocumentContract = "urn:riv:example:archive:StoreDocumentResponder:1"
)

// Where the gateway serves their WSDLs, followed by the profile.
const (
	bookingsPath = "/example/booking/GetBookings/1/"
	documentPath = "/example/archive/StoreDocument/1/"
)

type ii struct {
	Root      string `xml:"urn:riv:example:common:1 root"`
	Extension string `xml:"urn:riv:example:common:1 extension"`
}

type result struct {
	Code string `xml:"urn:riv:example:common:1 resultCode"`
	Text string `xml:"urn:riv:example:common:1 resultText"`
}

type getBookings struct {
	XMLName   xml.Name `xml:"urn:riv:example:booking:GetBookingsResponder:1 GetBookings"`
	SubjectID ii       `xml:"urn:riv:example:booking:GetBookingsResponder:1 subjectId"`
	MaxHits   int      `xml:"urn:riv:example:booking:GetBookingsResponder:1 maxHits"`
	Note      string   `xml:"urn:riv:example:booking:GetBookingsResponder:1 note"`
}

type getBookingsResponse struct {
	XMLName  xml.Name  `xml:"urn:riv:example:booking:GetBookingsResponder:1 GetBookingsResponse"`
	Bookings []booking `xml:"urn:riv:example:booking:GetBookingsResponder:1 booking"`
	Result   result    `xml:"urn:riv:example:booking:GetBookingsResponder:1 result"`
}

type booking struct {
	ID       ii     `xml:"urn:riv:example:booking:1 bookingId"`
	Start    string `xml:"urn:riv:example:booking:1 start"`
	Status   string `xml:"urn:riv:example:booking:1 status"`
	CareUnit string `xml:"urn:riv:example:booking:1 careUnit"`
	Note     string `xml:"urn:riv:example:booking:1 note"`
}

type bookingFault struct {
	XMLName   xml.Name `xml:"urn:riv:example:booking:GetBookingsResponder:1 BookingFault"`
	Reason    string   `xml:"urn:riv:example:booking:GetBookingsResponder:1 reason"`
	SubjectID ii       `xml:"urn:riv:example:booking:GetBookingsResponder:1 subjectId"`
}

// How content travels: within the envelope as base64, or as an attachment.
const (
	inline   = "INLINE"
	attached = "ATTACHED"
)

type storeDocument struct {
	XMLName    xml.Name `xml:"urn:riv:example:archive:StoreDocumentResponder:1 StoreDocument"`
	DocumentID ii       `xml:"urn:riv:example:archive:StoreDocumentResponder:1 documentId"`
	Name       string   `xml:"urn:riv:example:archive:StoreDocumentResponder:1 name"`
	AnswerAs   string   `xml:"urn:riv:example:archive:StoreDocumentResponder:1 answerAs"`
	Content    content  `xml:"urn:riv:example:archive:StoreDocumentResponder:1 content"`
}

type storeDocumentResponse struct {
	XMLName      xml.Name `xml:"urn:riv:example:archive:StoreDocumentResponder:1 StoreDocumentResponse"`
	Result       result   `xml:"urn:riv:example:archive:StoreDocumentResponder:1 result"`
	Name         string   `xml:"urn:riv:example:archive:StoreDocumentResponder:1 name"`
	ReceivedAs   string   `xml:"urn:riv:example:archive:StoreDocumentResponder:1 receivedAs"`
	ReceivedHash string   `xml:"urn:riv:example:archive:StoreDocumentResponder:1 receivedHash"`
	Receipt      content  `xml:"urn:riv:example:archive:StoreDocumentResponder:1 receipt"`
}
