package passes

import (
	"testing"
)

func TestTable(t *testing.T) {
	t.Run("one", func(*testing.T) {})
	t.Run("two", func(*testing.T) {})
}

func TestAlone(t *testing.T) { t.Log("passing tests are quiet") }
