package recorded

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
)

// The routing elements of the two profiles.
var (
	logicalAddress = xml.Name{Space: "urn:riv:itintegration:registry:1", Local: "LogicalAddress"}
	wsaTo          = xml.Name{Space: "http://www.w3.org/2005/08/addressing", Local: "To"}
)

// converted tells why got is not request with its routing element, and that
// alone, changed to the other profile. Around that element every byte must be
// the same; it itself must say the same under its new name.
func converted(request, got string) error {
	before, after, other, err := aroundAddress(request)
	if err != nil {
		return fmt.Errorf("the request itself: %w", err)
	}
	if !strings.HasPrefix(got, before) || !strings.HasSuffix(got, after) {
		return errors.New("the same bytes around the routing element")
	}
	want, err := tokens(request, map[xml.Name]xml.Name{logicalAddress: other, wsaTo: other})
	if err != nil {
		return fmt.Errorf("the request itself: %w", err)
	}
	is, err := tokens(got, nil)
	if err != nil {
		return fmt.Errorf("well-formed XML, not: %w", err)
	}
	if !reflect.DeepEqual(want, is) {
		return fmt.Errorf("%s with the same content", other.Local)
	}
	return nil
}

// aroundAddress cuts a request around its first routing element, and names
// the element of the other profile.
func aroundAddress(request string) (before, after string, other xml.Name, err error) {
	decoder := xml.NewDecoder(strings.NewReader(request))
	for {
		start := decoder.InputOffset()
		token, err := decoder.Token()
		if err != nil {
			return "", "", xml.Name{}, err
		}
		element, ok := token.(xml.StartElement)
		if !ok || (element.Name != logicalAddress && element.Name != wsaTo) {
			continue
		}
		other = logicalAddress
		if element.Name == logicalAddress {
			other = wsaTo
		}
		if err := decoder.Skip(); err != nil {
			return "", "", xml.Name{}, err
		}
		return request[:start], request[decoder.InputOffset():], other, nil
	}
}

// tokens are what a document says: names resolved and renamed, namespace
// declarations left out.
func tokens(document string, renamed map[xml.Name]xml.Name) ([]xml.Token, error) {
	decoder := xml.NewDecoder(strings.NewReader(document))
	rename := func(name xml.Name) xml.Name {
		if other, found := renamed[name]; found {
			return other
		}
		return name
	}
	var said []xml.Token
	for {
		token, err := decoder.Token()
		if err == io.EOF {
			return said, nil
		}
		if err != nil {
			return nil, err
		}
		switch t := xml.CopyToken(token).(type) {
		case xml.StartElement:
			said = append(said, xml.StartElement{Name: rename(t.Name), Attr: attributes(t.Attr)})
		case xml.EndElement:
			said = append(said, xml.EndElement{Name: rename(t.Name)})
		default:
			said = append(said, t)
		}
	}
}

func attributes(all []xml.Attr) []xml.Attr {
	var kept []xml.Attr
	for _, attr := range all {
		if attr.Name.Space != "xmlns" && attr.Name.Local != "xmlns" {
			kept = append(kept, attr)
		}
	}
	return kept
}
