package interop

import (
	"bytes"
	"encoding/base64"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"net/url"
	"strings"
)

const (
	textXML = "text/xml; charset=UTF-8"
	soap11  = "http://schemas.xmlsoap.org/soap/envelope/"
)

// envelope is a SOAP 1.1 message with what the contracts put into it.
type envelope struct {
	XMLName xml.Name `xml:"http://schemas.xmlsoap.org/soap/envelope/ Envelope"`
	Header  *header  `xml:"http://schemas.xmlsoap.org/soap/envelope/ Header"`
	Body    body     `xml:"http://schemas.xmlsoap.org/soap/envelope/ Body"`
}

// header is the one or the other profile's.
type header struct {
	LogicalAddress string `xml:"urn:riv:itintegration:registry:1 LogicalAddress,omitempty"`
	To             string `xml:"http://www.w3.org/2005/08/addressing To,omitempty"`
}

type body struct {
	GetBookings           *getBookings
	GetBookingsResponse   *getBookingsResponse
	StoreDocument         *storeDocument
	StoreDocumentResponse *storeDocumentResponse
	Fault                 *soapFault
}

// soapFault is a fault as Go sees it: an error.
type soapFault struct {
	XMLName xml.Name    `xml:"http://schemas.xmlsoap.org/soap/envelope/ Fault"`
	Code    faultCode   `xml:"faultcode"`
	String  string      `xml:"faultstring"`
	Detail  faultDetail `xml:"detail"`
}

// faultCode is a name with a prefix, and says what the prefix stands for.
type faultCode struct {
	Soap string `xml:"xmlns:soap,attr"`
	Name string `xml:",chardata"`
}

type faultDetail struct {
	Text    string        `xml:"detailString,omitempty"`
	Booking *bookingFault `xml:"urn:riv:example:booking:GetBookingsResponder:1 BookingFault"`
}

func (f *soapFault) Error() string { return f.Code.Name + ": " + f.String }

// content is base64 text, or a reference to an attachment (XOP).
type content struct {
	Base64  string   `xml:",chardata"`
	Include *include `xml:"http://www.w3.org/2004/08/xop/include Include"`
}

type include struct {
	Href string `xml:"href,attr"`
}

// message is an envelope with the attachments that it refers to, by Content-ID.
type message struct {
	envelope    envelope
	attachments map[string][]byte
}

// attach puts data into the message in the packaging asked for.
func (m *message) attach(c *content, packaging string, data []byte) {
	if packaging == inline {
		c.Base64 = base64.StdEncoding.EncodeToString(data)
		return
	}
	if m.attachments == nil {
		m.attachments = make(map[string][]byte)
	}
	id := fmt.Sprintf("part-%d@example.org", len(m.attachments)+1)
	m.attachments[id] = data
	c.Include = &include{"cid:" + url.PathEscape(id)}
}

// data is what c holds or refers to, and its packaging.
func (m *message) data(c content) (data []byte, packaging string, err error) {
	if c.Include == nil {
		data, err = base64.StdEncoding.DecodeString(strings.Join(strings.Fields(c.Base64), ""))
		return data, inline, err
	}
	id, err := url.PathUnescape(strings.TrimPrefix(c.Include.Href, "cid:"))
	if err != nil {
		return nil, "", err
	}
	data, known := m.attachments[id]
	if !known {
		return nil, "", fmt.Errorf("there is no attachment %q", id)
	}
	return data, attached, nil
}

// write is the message as it goes over the wire: MTOM if it has attachments.
func (m *message) write() (contentType string, data []byte, err error) {
	text, err := xml.Marshal(&m.envelope)
	if err != nil {
		return "", nil, err
	}
	text = append([]byte(xml.Header), text...)
	if len(m.attachments) == 0 {
		return textXML, text, nil
	}
	var out bytes.Buffer
	parts := multipart.NewWriter(&out)
	part := func(id, contentType string, data []byte) {
		w, partErr := parts.CreatePart(textproto.MIMEHeader{
			"Content-Id": {"<" + id + ">"}, "Content-Type": {contentType}, "Content-Transfer-Encoding": {"binary"},
		})
		if partErr == nil {
			_, partErr = w.Write(data)
		}
		err = errors.Join(err, partErr)
	}
	const root = "root@example.org"
	part(root, `application/xop+xml; charset=UTF-8; type="text/xml"`, text)
	for id, data := range m.attachments {
		part(id, "application/octet-stream", data)
	}
	err = errors.Join(err, parts.Close())
	return mime.FormatMediaType("multipart/related", map[string]string{
		"type": "application/xop+xml", "start": "<" + root + ">", "start-info": "text/xml", "boundary": parts.Boundary(),
	}), out.Bytes(), err
}

// readMessage reads a request's or an answer's body.
func readMessage(h http.Header, body io.Reader) (*message, error) {
	mediaType, parameters, err := mime.ParseMediaType(h.Get("Content-Type"))
	if err != nil {
		return nil, err
	}
	m := &message{}
	switch mediaType {
	case "text/xml":
		return m, m.decode(body)
	case "multipart/related":
		return m, m.readParts(multipart.NewReader(body, parameters["boundary"]), contentID(parameters["start"]))
	}
	return nil, fmt.Errorf("Content-Type %s", mediaType)
}

func (m *message) readParts(parts *multipart.Reader, start string) error {
	m.attachments = make(map[string][]byte)
	for first := true; ; first = false {
		part, err := parts.NextRawPart()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		id := contentID(part.Header.Get("Content-Id"))
		if id == start || start == "" && first {
			if err := m.decode(part); err != nil {
				return err
			}
			continue
		}
		if m.attachments[id], err = io.ReadAll(part); err != nil {
			return err
		}
	}
}

func (m *message) decode(text io.Reader) error {
	if err := xml.NewDecoder(text).Decode(&m.envelope); err != nil {
		return err
	}
	_, err := io.Copy(io.Discard, text)
	return err
}

func contentID(id string) string { return strings.Trim(id, "<>") }
