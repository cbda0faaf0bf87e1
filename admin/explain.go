package admin

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Question is what /api/explain asks: how a call would be decided.
type Question struct {
	Contract string // never empty
	Receiver string // empty: what a call without address gets
	Sender   string // empty: permission is not asked about
	Profile  string // as written; empty: conversion is not asked about
	// At is the instant that is asked about; zero: now.
	At time.Time
}

// explain answers 200 whatever the decision is, and 400 when there is none
// because the question is not well formed.
func (a *Admin) explain(w http.ResponseWriter, r *http.Request) {
	question, err := parseQuestion(r.URL.RawQuery)
	if err != nil {
		writeJSON(w, http.StatusBadRequest, problem{err.Error()})
		return
	}
	explanation, err := a.o.Explain(r.Context(), question)
	if err != nil {
		writeJSON(w, http.StatusBadRequest, problem{err.Error()})
		return
	}
	writeJSON(w, http.StatusOK, explanation)
}

// parseQuestion reads a query. An empty parameter is as one left out; one that
// is unknown, or given twice, is refused rather than ignored.
func parseQuestion(query string) (Question, error) {
	values, err := url.ParseQuery(query)
	if err != nil {
		return Question{}, fmt.Errorf("the query cannot be read: %w", err)
	}
	var q Question
	fields := map[string]*string{
		"contract": &q.Contract, "receiver": &q.Receiver, "sender": &q.Sender, "profile": &q.Profile, "at": new(string),
	}
	for name, given := range values {
		field, known := fields[name]
		switch {
		case !known:
			return Question{}, fmt.Errorf("unknown parameter %q; there are contract, receiver, sender, profile and at", name)
		case len(given) > 1:
			return Question{}, fmt.Errorf("parameter %s is given more than once", name)
		}
		*field = given[0]
	}
	if q.Contract == "" {
		return Question{}, errors.New("parameter contract is missing")
	}
	q.At, err = parseInstant(*fields["at"])
	return q, err
}

// parseInstant reads an RFC 3339 time, or a date, which stands for its noon in
// UTC: that is the same day in Sweden. The plus of a zone that was not escaped
// has become a blank on its way.
func parseInstant(text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	t, err := time.Parse(time.RFC3339, strings.ReplaceAll(text, " ", "+"))
	if err == nil && !t.IsZero() { // the zero time means now
		return t, nil
	}
	if t, err := time.Parse(time.DateOnly, text); err == nil {
		return t.Add(12 * time.Hour), nil
	}
	return time.Time{}, errors.New("parameter at is neither a time such as 2026-01-31T12:00:00Z nor a date such as 2026-01-31")
}
