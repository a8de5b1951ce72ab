package source

import "testing"

func TestApart(t *testing.T) {
	for line, want := range map[int]string{
		1: "4 lines above", 4: "in the line before", 5: "in the same line", 6: "in the next line", 7: "2 lines below",
	} {
		if got := (Position{5, 1}).Apart(Position{line, 9}); got != want {
			t.Errorf("line %d: got %q, want %q", line, got, want)
		}
	}
}
