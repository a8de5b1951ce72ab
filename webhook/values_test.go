package webhook

import (
	"encoding/json"
	"strings"
	"testing"

	admissionv1 "k8s.io/api/admission/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/webhook/admission"
)

func TestValuesAreCounted(t *testing.T) {
	for text, want := range map[string]int{
		`{}`:                         2,
		`{"a":1}`:                    2,
		`{"a":1,"b":[1,2,3]}`:        6,
		`{"a":"x,y,[{\"z\":1}]"}`:    2,
		`{"a":"\\","b":2}`:           3,
		`[null,null,null]`:           4,
		`"a string with , and { [ "`: 1,
		`{"a`:                        2,
	} {
		if got := countValues([]byte(text)); got != want {
			t.Errorf("%s: %d values, want %d", text, got, want)
		}
	}
}

func TestObjectsOfTooManyValuesAreNotDecoded(t *testing.T) {
	list := func(element string, count int) []byte {
		return []byte("[" + strings.TrimSuffix(strings.Repeat(element+",", count), ",") + "]")
	}
	for name, test := range map[string]struct {
		text    []byte
		refused bool
	}{
		"as many empty containers as are decoded": {list("{}", maxValues/2-1), false},
		"too many empty containers":               {list("{}", maxValues/2+1), true},
		"too many nulls":                          {list("null", maxValues), true},
		"a long text":                             {[]byte(`"` + strings.Repeat("{},", maxValues) + `"`), false},
	} {
		end, err := NewTurns().take(t.Context(), admission.Request{AdmissionRequest: admissionv1.AdmissionRequest{
			Object: runtime.RawExtension{Raw: test.text},
		}})
		if (err != nil) != test.refused {
			t.Errorf("%s: %v", name, err)
		}
		if err == nil {
			end()
		}
	}
}

// FuzzCountValues counts at least as many values as the decoder makes of a text.
func FuzzCountValues(f *testing.F) {
	f.Add(`{"a":[1,{},[]],"b":"\",[{\\"}`)
	f.Add(`[[[]],"\u0022,"]`)
	f.Fuzz(func(t *testing.T, text string) {
		var value any
		if err := json.Unmarshal([]byte(text), &value); err != nil {
			countValues([]byte(text)) // it must end nevertheless
			return
		}
		if got, want := countValues([]byte(text)), valuesOf(value); got < want {
			t.Errorf("%d values are counted of %d in %q", got, want, text)
		}
	})
}

func valuesOf(value any) int {
	count := 1
	switch value := value.(type) {
	case []any:
		for _, element := range value {
			count += valuesOf(element)
		}
	case map[string]any:
		for _, element := range value {
			count += valuesOf(element)
		}
	}
	return count
}
