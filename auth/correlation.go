package auth

import (
	"net/http"
	"strings"

	"github.com/google/uuid"
)

// CorrelationID is the call's correlation id: the caller's if it sent one, else
// a new random UUID (version 4). As in VP any text goes, "a b<>å" too; only one
// that is longer than the limit or holds control characters other than tabs is
// replaced by a new one.
func (p *Policy) CorrelationID(h http.Header) string {
	values := h[correlationKey]
	if len(values) == 0 || !p.usableCorrelationID(values[0]) {
		return uuid.NewString()
	}
	return values[0]
}

func (p *Policy) usableCorrelationID(id string) bool {
	tooLong := p.correlationMax > 0 && len(id) > p.correlationMax
	return id != "" && !tooLong && !hasControl(strings.ReplaceAll(id, "\t", ""))
}
