package fails

import (
	"testing"
)

func TestTable(t *testing.T) {
	t.Run("good", func(t *testing.T) { t.Log("passing tests are quiet") })
	t.Run("bad", func(t *testing.T) { t.Error("one is not two") })
}

func TestParent(t *testing.T) {
	t.Run("good", func(*testing.T) {})
	t.Error("wrong in spite of its subtests")
}
