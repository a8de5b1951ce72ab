package programs

import (
	"strings"
	"testing"
)

func TestNoProgramLooksLikeAnExtensionOfLinkerd(t *testing.T) {
	for name := range table {
		if strings.HasPrefix(name, "linkerd-") {
			t.Errorf("linkerd check would run %s", name)
		}
	}
}
