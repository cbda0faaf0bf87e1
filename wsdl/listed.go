package wsdl

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
)

// row is one object of VP's wsdlconfig.json.
type row struct {
	contract string
	file     string
	path     string
	line     int
}

// readList reads VP's wsdlconfig.json. The error is a *FileError.
func readList(path string) ([]row, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, &FileError{File: path, Err: cause(err)}
	}
	return parseList(path, data)
}

// parseList reads an array of objects with tjanstekontrakt, wsdlfilepath and
// wsdlurl, all of them text and not empty, and no other properties. The error
// is a *FileError with a line.
func parseList(name string, data []byte) ([]row, error) {
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	l := &listReader{data: data, decoder: json.NewDecoder(bytes.NewReader(data))}
	rows, err := l.rows()
	if err != nil {
		return nil, &FileError{File: name, Line: l.line(err), Err: err}
	}
	return rows, nil
}

type listReader struct {
	data    []byte
	decoder *json.Decoder
}

// line is where err was found: at the last token, or where the next should be.
func (l *listReader) line(err error) int {
	offset := l.decoder.InputOffset()
	if _, ok := errors.AsType[*json.SyntaxError](err); ok || err == io.ErrUnexpectedEOF {
		rest := l.data[offset:]
		offset += int64(len(rest) - len(bytes.TrimLeft(rest, " \t\r\n")))
	}
	return 1 + bytes.Count(l.data[:offset], []byte("\n"))
}

func (l *listReader) rows() ([]row, error) {
	if err := l.expect('[', "an array"); err != nil {
		return nil, err
	}
	var rows []row
	for l.decoder.More() {
		row, err := l.row()
		if err != nil {
			return nil, err
		}
		rows = append(rows, row)
	}
	if err := l.expect(']', "the end of the array"); err != nil {
		return nil, err
	}
	switch _, err := l.decoder.Token(); {
	case err == nil:
		return nil, errors.New("something follows the array")
	case err != io.EOF:
		return nil, err
	}
	return rows, nil
}

func (l *listReader) row() (row, error) {
	if err := l.expect('{', "an object"); err != nil {
		return row{}, err
	}
	r := row{line: l.line(nil)}
	fields := map[string]*string{"tjanstekontrakt": &r.contract, "wsdlfilepath": &r.file, "wsdlurl": &r.path}
	for l.decoder.More() {
		name, err := l.text()
		if err != nil {
			return row{}, err
		}
		field := fields[name]
		switch {
		case field == nil:
			return row{}, fmt.Errorf("unknown property %q", name)
		case *field != "":
			return row{}, fmt.Errorf("%s is given twice", name)
		}
		if *field, err = l.text(); err != nil {
			return row{}, fmt.Errorf("%s: %w", name, err)
		}
	}
	if err := l.expect('}', "the end of the object"); err != nil {
		return row{}, err
	}
	for _, name := range []string{"tjanstekontrakt", "wsdlfilepath", "wsdlurl"} {
		if *fields[name] == "" {
			return row{}, fmt.Errorf("%s is missing or empty", name)
		}
	}
	return r, nil
}

func (l *listReader) expect(want json.Delim, what string) error {
	token, err := l.token()
	if err != nil {
		return err
	}
	if token != want {
		return fmt.Errorf("%v where %s should be", token, what)
	}
	return nil
}

func (l *listReader) text() (string, error) {
	token, err := l.token()
	if err != nil {
		return "", err
	}
	text, ok := token.(string)
	if !ok {
		return "", fmt.Errorf("%v where text should be", token)
	}
	return text, nil
}

// token is the next token. An end before the array's is an error of its own.
func (l *listReader) token() (json.Token, error) {
	token, err := l.decoder.Token()
	if err == io.EOF {
		return nil, io.ErrUnexpectedEOF
	}
	return token, err
}
