package soap

import (
	"strconv"
	"unicode/utf8"

	"rivgate/fault"
)

// FaultContentType is the Content-Type of a fault of version v.
func FaultContentType(v Version) string {
	if v == V12 {
		return "application/soap+xml; charset=UTF-8"
	}
	return "text/xml; charset=UTF-8"
}

// AppendFault appends a SOAP fault to dst. Without a version that is V12 it is
// a SOAP 1.1 fault in the byte form VP sends: one line without XML declaration,
// an empty detail as <detailString/>. A SOAP 1.2 fault says the same in its own
// elements; side becomes SOAP-ENV:Sender or SOAP-ENV:Receiver there.
//
// The texts may hold anything: what XML cannot hold becomes U+FFFD.
func AppendFault(dst []byte, v Version, side fault.Side, faultstring, detail string) []byte {
	if v == V12 {
		return appendFault12(dst, side, faultstring, detail)
	}
	code := "SOAP-ENV:Server"
	if side == fault.Client {
		code = "SOAP-ENV:Client"
	}
	dst = append(dst, `<SOAP-ENV:Envelope xmlns:SOAP-ENV="`+Namespace11+`"><SOAP-ENV:Header/><SOAP-ENV:Body><SOAP-ENV:Fault>`...)
	dst = append(dst, "<faultcode>"+code+"</faultcode><faultstring>"...)
	dst = appendText(dst, faultstring)
	dst = append(dst, "</faultstring><detail>"...)
	dst = appendDetail(dst, detail)
	return append(dst, "</detail></SOAP-ENV:Fault></SOAP-ENV:Body></SOAP-ENV:Envelope>"...)
}

func appendFault12(dst []byte, side fault.Side, reason, detail string) []byte {
	code := "SOAP-ENV:Receiver"
	if side == fault.Client {
		code = "SOAP-ENV:Sender"
	}
	dst = append(dst, `<SOAP-ENV:Envelope xmlns:SOAP-ENV="`+Namespace12+`"><SOAP-ENV:Header/><SOAP-ENV:Body><SOAP-ENV:Fault>`...)
	dst = append(dst, "<SOAP-ENV:Code><SOAP-ENV:Value>"+code+"</SOAP-ENV:Value></SOAP-ENV:Code>"...)
	dst = append(dst, `<SOAP-ENV:Reason><SOAP-ENV:Text xml:lang="sv">`...)
	dst = appendText(dst, reason)
	dst = append(dst, "</SOAP-ENV:Text></SOAP-ENV:Reason><SOAP-ENV:Detail>"...)
	dst = appendDetail(dst, detail)
	return append(dst, "</SOAP-ENV:Detail></SOAP-ENV:Fault></SOAP-ENV:Body></SOAP-ENV:Envelope>"...)
}

func appendDetail(dst []byte, detail string) []byte {
	if detail == "" {
		return append(dst, "<detailString/>"...)
	}
	dst = append(dst, "<detailString>"...)
	dst = appendText(dst, detail)
	return append(dst, "</detailString>"...)
}

// appendText appends text escaped as VP escapes it: quotes and line feeds are
// literal, a carriage return and characters above the basic plane are decimal
// references.
func appendText(dst []byte, text string) []byte {
	for _, c := range text {
		switch {
		case c == '&':
			dst = append(dst, "&amp;"...)
		case c == '<':
			dst = append(dst, "&lt;"...)
		case c == '>':
			dst = append(dst, "&gt;"...)
		case c == '\r', c > 0xFFFF:
			dst = append(dst, "&#"...)
			dst = strconv.AppendInt(dst, int64(c), 10)
			dst = append(dst, ';')
		case c < ' ' && c != '\t' && c != '\n', c == 0xFFFE, c == 0xFFFF:
			dst = utf8.AppendRune(dst, utf8.RuneError)
		default:
			dst = utf8.AppendRune(dst, c)
		}
	}
	return dst
}
