package skips

import (
	"testing"
)

func TestOnlyElsewhere(t *testing.T) { t.Skip("not on this machine") }
