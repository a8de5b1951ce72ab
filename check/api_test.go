package check

import "testing"

func TestTheAPIAnswers(t *testing.T) {
	runIn(t, apiCheck, map[string]state{
		"it answers":        {texts: map[string]string{"/version": `{"gitVersion":"v1.33.4"}`}},
		"it refuses":        {want: "asking the API server for its version"},
		"with another text": {texts: map[string]string{"/version": "<html>"}, want: "reading the API server's version"},
	})
}
