package soap_test

import (
	"io"
	"strings"
	"testing"

	"rivgate/soap"
)

func transcode(t *testing.T, text, from, to string, split func(io.Reader) io.Reader) string {
	t.Helper()
	r, err := soap.Transcode(split(strings.NewReader(text)), from, to)
	if err != nil {
		t.Fatal(err)
	}
	out, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

func TestTranscode(t *testing.T) {
	for name, c := range map[string]struct{ in, from, to, want string }{
		"to Latin 1":                {`<x>åäö</x>`, "UTF-8", "ISO-8859-1", "<x>\xe5\xe4\xf6</x>"},
		"declaration":               {`<?xml version="1.0" encoding="UTF-8" standalone='yes'?><x/>`, "UTF-8", "ISO-8859-1", `<?xml version="1.0" encoding="ISO-8859-1" standalone='yes'?><x/>`},
		"declaration, single quote": {`<?xml version='1.0' encoding='UTF-8'?><x/>`, "UTF-8", "latin1", `<?xml version='1.0' encoding='latin1'?><x/>`},
		"no encoding declared":      {`<?xml version="1.0"?><x/>`, "UTF-8", "ISO-8859-1", `<?xml version="1.0"?><x/>`},
		"lacking in text":           {`<x>€ 😀</x>`, "UTF-8", "ISO-8859-1", `<x>&#8364; &#128512;</x>`},
		"lacking in attributes":     {`<x a="€" b='>€"'/>`, "UTF-8", "ISO-8859-1", `<x a="&#8364;" b='>&#8364;"'/>`},
		"lacking in CDATA":          {`<x><![CDATA[a€]]b>€]]></x>`, "UTF-8", "ISO-8859-1", `<x><![CDATA[a]]>&#8364;<![CDATA[]]b>]]>&#8364;<![CDATA[]]></x>`},
		"lacking before >":          {`<?p €>€?><x/>`, "UTF-8", "US-ASCII", `<?p ? >??><x/>`},
		"lacking elsewhere":         {`<!-- €'"> --><?p €<?><x€ €="a"/><!--€-->`, "UTF-8", "US-ASCII", `<!-- ?'"> --><?p ?<?><x? ?="a"/><!--?-->`},
		"comment with quotes":       {`<!-- it's --><x>€</x>`, "UTF-8", "ISO-8859-1", `<!-- it's --><x>&#8364;</x>`},
		"close bracket in value":    {`<x a=">">€</x>`, "UTF-8", "ISO-8859-1", `<x a=">">&#8364;</x>`},
		"mark dropped":              {"\ufeff<x/>", "UTF-8", "ISO-8859-1", "<x/>"},
		"mark later kept":           {"<x>\ufeff</x>", "UTF-8", "ISO-8859-1", "<x>&#65279;</x>"},
		"to UTF-16":                 {"<x>😀</x>", "UTF-8", "UTF-16", wide("\ufeff<x>😀</x>", false)},
		"to UTF-16BE":               {"\ufeff<x/>", "UTF-8", "UTF-16BE", wide("<x/>", false)},
		"to UTF-16LE":               {"<x/>", "UTF-8", "UTF-16LE", wide("<x/>", true)},
		"declaration in UTF-16":     {`<?xml version="1.0" encoding="UTF-8"?>å`, "UTF-8", "UTF-16LE", wide(`<?xml version="1.0" encoding="UTF-16LE"?>å`, true)},
		"from UTF-16":               {wide("\ufeff<?xml version='1.0' encoding='UTF-16'?><x>€</x>", true), "UTF-16", "UTF-8", "<?xml version='1.0' encoding='UTF-8'?><x>€</x>"},
		"Latin 1 to windows-1252":   {"<x>\x80\xe5</x>", "ISO-8859-1", "windows-1252", "<x>&#128;\xe5</x>"},
		"replacement character":     {"<x>\ufffd</x>", "UTF-8", "UTF-16BE", wide("<x>\ufffd</x>", false)},
		"empty":                     {"", "UTF-8", "ISO-8859-1", ""},
		"not XML":                   {"plain å", "UTF-8", "ISO-8859-1", "plain \xe5"},
		"endless declaration":       {`<?xml version="1.0"` + strings.Repeat(" ", 5000) + `encoding="UTF-8"?>`, "UTF-8", "ISO-8859-1", `<?xml version="1.0"` + strings.Repeat(" ", 5000) + `encoding="UTF-8"?>`},
		"long":                      {"<x>" + strings.Repeat("å€", 20_000), "UTF-8", "ISO-8859-1", "<x>" + strings.Repeat("\xe5&#8364;", 20_000)},
	} {
		for how, split := range splits {
			t.Run(name+"/"+how, func(t *testing.T) {
				if got := transcode(t, c.in, c.from, c.to, split); got != c.want {
					t.Errorf(" got %.300q\nwant %.300q", got, c.want)
				}
			})
		}
	}
}

func TestTranscodeUnknown(t *testing.T) {
	for _, names := range [][2]string{{"klingon", "UTF-8"}, {"UTF-8", "klingon"}, {"", "UTF-8"}} {
		if _, err := soap.Transcode(strings.NewReader("<x/>"), names[0], names[1]); err == nil {
			t.Errorf("%q to %q: no error", names[0], names[1])
		}
	}
}
