package fault

import "fmt"

// Error is one failed call: a code and a detail that may be shown to the
// caller, and a cause that may only be logged.
type Error struct {
	Code   Code
	Detail string // public: becomes detailString in the SOAP fault
	Cause  error  // private, may be nil
}

// New makes an Error without a private cause.
func New(code Code, detail string) *Error { return &Error{Code: code, Detail: detail} }

// Newf is New with a formatted detail.
func Newf(code Code, format string, args ...any) *Error {
	return &Error{Code: code, Detail: fmt.Sprintf(format, args...)}
}

// Wrap makes an Error whose cause is logged and never shown.
func Wrap(code Code, detail string, cause error) *Error {
	return &Error{Code: code, Detail: detail, Cause: cause}
}

// FaultString is the public faultstring of a gateway called name:
// "VP007 [NAME] text". Overloaded has no VP code and is its text alone.
func (e *Error) FaultString(name string) string {
	if e.Code == Overloaded {
		return e.Code.Text()
	}
	return string(e.Code) + " [" + name + "] " + e.Code.Text()
}

// Error is for logs; it includes the private cause.
func (e *Error) Error() string {
	text := string(e.Code)
	if e.Detail != "" {
		text += ": " + e.Detail
	}
	if e.Cause != nil {
		text += ": " + e.Cause.Error()
	}
	return text
}

// Unwrap gives errors.Is and errors.As both the code and the cause.
func (e *Error) Unwrap() []error {
	if e.Cause == nil {
		return []error{e.Code}
	}
	return []error{e.Code, e.Cause}
}
