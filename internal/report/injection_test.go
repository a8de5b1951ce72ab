package report

import (
	"fmt"
	"strings"
	"testing"

	"github.com/linkerd-gcm/linkerd-gcm/internal/manifest"
)

// TestHunksOfADiff has changes so near to each other that one hunk has several of them,
// which moves all hunks behind it.
func TestHunksOfADiff(t *testing.T) {
	for name, test := range map[string]struct {
		lines   int
		added   []int
		headers string
	}{
		"one hunk":                     {20, []int{9}, "@@ -8,6 +8,7 @@"},
		"two hunks":                    {40, []int{9, 29}, "@@ -8,6 +8,7 @@ @@ -28,6 +29,7 @@"},
		"a hunk of two, and another":   {40, []int{9, 13, 29}, "@@ -8,10 +8,12 @@ @@ -28,6 +30,7 @@"},
		"a hunk of three, and another": {60, []int{9, 13, 17, 39}, "@@ -8,14 +8,17 @@ @@ -38,6 +41,7 @@"},
		"a line alone":                 {1, []int{0}, "@@ -1 +1,2 @@"},
	} {
		t.Run(name, func(t *testing.T) {
			var before, after strings.Builder
			for i := range test.lines {
				fmt.Fprintf(&before, "l%d: 0\n", i)
				fmt.Fprintf(&after, "l%d: 0\n", i)
				for _, add := range test.added {
					if add == i {
						fmt.Fprintf(&after, "added%d: 0\n", i)
					}
				}
			}
			file := func(text string) []manifest.File {
				split, err := manifest.Split("x.yaml", []byte(text))
				if err != nil {
					t.Fatal(err)
				}
				return []manifest.File{split}
			}
			diff, err := Injection{Before: file(before.String()), After: file(after.String())}.diff()
			if err != nil {
				t.Fatal(err)
			}
			if got := strings.Join(hunkHeader.FindAllString(string(diff), -1), " "); got != test.headers {
				t.Errorf("headers %s, want %s", got, test.headers)
			}
		})
	}
}
