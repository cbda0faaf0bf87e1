package admin_test

import (
	"testing"
	"testing/synctest"
	"time"

	"rivgate/admin"
)

func TestInspect(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		loaded := time.Now().UTC() // the bubble's clock begins with 2000
		time.Sleep(90*time.Second + 250*time.Millisecond)
		full := func(s *admin.State) {
			s.Catalogue.Loaded, s.HSA.Loaded = loaded, loaded
			s.Catalogue.Results = append([]admin.CatalogueResult{{
				At: began, Took: 20 * time.Millisecond, Status: "REUSING_EXISTING_CACHE", Routes: 535, Permissions: 1066,
				Error: `no <answer>`, CopyError: "disk full",
			}}, s.Catalogue.Results...)
			s.HSA.Results = append([]admin.HSAResult{{At: began, Old: 4, New: 4, Error: errDamaged.Error()}}, s.HSA.Results...)
		}
		none := func(s *admin.State) { s.Catalogue, s.HSA = admin.CatalogueState{}, admin.HSAState{} }
		tests := []struct {
			name, path string
			change     func(*admin.State)
			want       string
		}{
			{"catalogue", "/api/tak", full, `{
  "in_force": true,
  "revision": "c-7",
  "origin": "tak",
  "loaded": "2000-01-01T00:00:00Z",
  "age_seconds": 90.25,
  "routes": 535,
  "permissions": 1066,
  "results": [
    {
      "at": "2026-11-21T19:12:12Z",
      "took_seconds": 0.02,
      "status": "REUSING_EXISTING_CACHE",
      "routes": 535,
      "permissions": 1066,
      "error": "no <answer>",
      "copy_error": "disk full"
    },
    {
      "at": "2026-11-21T19:12:12Z",
      "took_seconds": 1.5,
      "status": "REFRESH_OK",
      "routes": 535,
      "permissions": 1066
    }
  ]
}
`},
			{"no catalogue", "/api/tak", none, `{
  "in_force": false,
  "revision": "",
  "origin": "",
  "routes": 0,
  "permissions": 0,
  "results": []
}
`},
			{"tree", "/api/hsa", full, `{
  "in_force": true,
  "revision": "h-3",
  "files": [
    "/data/hsa.xml"
  ],
  "created": "2026-11-21T18:12:12Z",
  "loaded": "2000-01-01T00:00:00Z",
  "age_seconds": 90.25,
  "units": 4,
  "results": [
    {
      "at": "2026-11-21T19:12:12Z",
      "ok": false,
      "old": 4,
      "new": 4,
      "error": "hsa.xml:3: damaged"
    },
    {
      "at": "2026-11-21T19:10:12Z",
      "ok": true,
      "old": 0,
      "new": 4
    }
  ]
}
`},
			{"no tree", "/api/hsa", none, `{
  "in_force": false,
  "revision": "",
  "files": [],
  "units": 0,
  "results": []
}
`},
		}
		for _, tt := range tests {
			w := ask(withState(tt.change), "GET", tt.path)
			if w.Code != 200 || w.Header().Get("Content-Type") != "application/json" || w.Body.String() != tt.want {
				t.Errorf("%s: %d %q\n%s\nwant\n%s", tt.name, w.Code, w.Header().Get("Content-Type"), w.Body, tt.want)
			}
		}
	})
}
