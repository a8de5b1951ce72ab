package jsonpointer

import (
	"slices"
	"testing"
)

// FuzzTokens reads what Escape writes.
func FuzzTokens(f *testing.F) {
	f.Add("a/b", "~1~0")
	f.Add("", "~")
	f.Fuzz(func(t *testing.T, first, second string) {
		pointer := "/" + Escape(first) + "/" + Escape(second)
		if got := Tokens(pointer); !slices.Equal(got, []string{first, second}) {
			t.Errorf("%q has the tokens %q, want %q and %q", pointer, got, first, second)
		}
	})
}
