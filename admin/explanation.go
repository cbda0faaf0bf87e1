package admin

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// explanation is what people are shown of an answer of /api/explain.
type explanation struct {
	Decision []field // in the order of the answer
	Steps    []step
}

type step struct{ Stage, Tried, Result, Row string }

// readExplanation takes the answer in the form it is served in, so that the
// page knows as little of decisions as other readers do.
func readExplanation(answer any) (*explanation, error) {
	text, err := json.Marshal(answer)
	if err != nil {
		return nil, fmt.Errorf("explanation: %w", err)
	}
	var parts struct {
		Decision json.RawMessage
		Steps    []step
	}
	if err := json.Unmarshal(text, &parts); err != nil {
		return nil, fmt.Errorf("explanation: %w", err)
	}
	e := &explanation{Steps: parts.Steps}
	if e.Decision, err = members(parts.Decision); err != nil {
		return nil, fmt.Errorf("explanation: decision: %w", err)
	}
	return e, nil
}

// members are those of a JSON object in their order; none and null have none.
func members(object json.RawMessage) ([]field, error) {
	if len(object) == 0 {
		return nil, nil
	}
	decoder := json.NewDecoder(bytes.NewReader(object))
	if _, err := decoder.Token(); err != nil { // the brace
		return nil, err
	}
	var all []field
	for decoder.More() {
		name, err := decoder.Token()
		if err != nil {
			return nil, err
		}
		var value json.RawMessage
		if err := decoder.Decode(&value); err != nil {
			return nil, err
		}
		all = append(all, field{fmt.Sprint(name), plain(value)})
	}
	return all, nil
}

// plain is a value as people read it: text without quotes, nothing for null.
func plain(value json.RawMessage) string {
	var text *string
	if json.Unmarshal(value, &text) != nil {
		return string(value)
	}
	if text == nil {
		return ""
	}
	return *text
}
