package jsonpointer

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestTokens(t *testing.T) {
	for pointer, want := range map[string][]string{
		"": {}, "/": {""}, "/a/0": {"a", "0"}, "/a~1b/~01": {"a/b", "~1"},
	} {
		got := Tokens(pointer)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q (-want +got):\n%s", pointer, diff)
		}
		again := ""
		for _, token := range got {
			again += "/" + Escape(token)
		}
		if again != pointer {
			t.Errorf("%q becomes %q", pointer, again)
		}
	}
}
