package migrate

import (
	"errors"
	"strconv"
	"strings"
	"time"

	"rivgate/config"
)

// Forms turn a value of VP into a value of the YAML file. Their errors never
// repeat the value.

func asText(value string) (string, error) { return text(value), nil }

// isTrue reads a boolean as Spring does.
func isTrue(value string) (isTrue, known bool) {
	switch strings.ToLower(value) {
	case "true", "on", "yes", "1":
		return true, true
	case "false", "off", "no", "0":
		return false, true
	}
	return false, false
}

func asBool(value string) (string, error) {
	isTrue, known := isTrue(value)
	if !known {
		return "", errors.New("neither true nor false")
	}
	return strconv.FormatBool(isTrue), nil
}

func milliseconds(value string) (time.Duration, error) {
	number, err := strconv.ParseInt(value, 10, 32) // Java's int
	if err != nil || number < 0 {
		return 0, errors.New("not a number of milliseconds")
	}
	return time.Duration(number) * time.Millisecond, nil
}

// duration is d as people write it.
func duration(d time.Duration) string {
	if d%time.Second == 0 {
		return strconv.FormatInt(int64(d/time.Second), 10) + "s"
	}
	return strconv.FormatInt(int64(d/time.Millisecond), 10) + "ms"
}

func asDuration(value string) (string, error) {
	d, err := milliseconds(value)
	return duration(d), err
}

func asSize(value string) (string, error) {
	number, err := strconv.ParseInt(value, 10, 64)
	if err != nil || number <= 0 {
		return "", errors.New("not a number of bytes above 0")
	}
	return config.Size(number).String(), nil
}
