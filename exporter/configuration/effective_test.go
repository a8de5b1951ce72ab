package configuration

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestEffective(t *testing.T) {
	empty, renames, nothing := &File{}, &File{Renames: map[string]string{"a": "b"}}, &File{HasKeys: true}
	given, byDefault := []Selector{selector(t, "a")}, []Selector{selector(t, DefaultInclude)}
	builtIn, err := ParseFile([]byte(BuiltIn))
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		include []Selector
		file    *File
		want    Effect
	}{
		"nothing":                      {nil, nil, Effect{BuiltInApplies, byDefault, builtIn}},
		"an empty file":                {nil, empty, Effect{BuiltInApplies, byDefault, builtIn}},
		"a selector":                   {given, nil, Effect{IncludeApplies, given, empty}},
		"a selector and an empty file": {given, empty, Effect{IncludeApplies, given, empty}},
		"a file":                       {nil, renames, Effect{FileApplies, byDefault, renames}},
		"a file that wants nothing":    {nil, nothing, Effect{FileApplies, byDefault, nothing}},
		"a selector and a file":        {given, renames, Effect{BothApply, given, renames}},
	} {
		got := Effective(test.include, test.file)
		if diff := cmp.Diff(test.want, got, byText); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		if !strings.Contains(got.Case.Words(), "configuration") {
			t.Errorf("%s: %q", name, got.Case.Words())
		}
	}
}
