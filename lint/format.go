package lint

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/linkerd-gcm/linkerd-gcm/internal/excerpt"
)

// quote returns a text as messages repeat it: on one line, and not longer than is readable.
func quote(text string) string {
	const longest = 80
	if !excerpt.Printable(text) {
		text = strconv.Quote(text)
	}
	return excerpt.Characters(text, longest)
}

// summarize names the first of some things.
func summarize(names []string) string {
	const most = 3
	if len(names) <= most {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
}
