// Package suite runs the tests of a module and sums them up, as `make test` does for
// each; run.sh does it. It knows nothing about what is tested.
package suite

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestRun(t *testing.T) {
	if testing.Short() {
		t.Skip("-short runs no other tests")
	}
	for name, test := range map[string]struct {
		pkg     string
		closing string
		says    []string
		fails   bool
	}{
		"tests and their subtests count": {
			pkg: "passes", closing: "unit: 4 passed, 0 failed, 0 skipped",
			says: []string{"passes ("},
		},
		"failing tests say why, and count even if their subtests pass": {
			pkg: "fails", closing: "unit: 2 passed, 3 failed, 0 skipped", fails: true,
			says: []string{"one is not two", "wrong in spite of its subtests", "FAIL: fails TestTable/bad"},
		},
		"a skipped test says why, and is not a success": {
			pkg: "skips", closing: "unit: 0 passed, 0 failed, 1 skipped", fails: true,
			says: []string{"SKIP: skips TestOnlyElsewhere", "not on this machine", "nothing was tested"},
		},
		"a panic is shown, and fails its test": {
			pkg: "panics", closing: "unit: 0 passed, 1 failed, 0 skipped", fails: true,
			says: []string{"panic: out of reach", "panics_test.go"},
		},
		"a package that ends before its tests counts as failed": {
			pkg: "exits", closing: "unit: 0 passed, 1 failed, 0 skipped", fails: true,
			says: []string{"ended in TestMain"},
		},
		"a package that does not build counts as failed": {
			pkg: "broken", closing: "unit: 0 passed, 1 failed, 0 skipped", fails: true,
			says: []string{"undefined: undefined"},
		},
		"a package without tests is not a success": {
			pkg: "empty", closing: "unit: 0 passed, 0 failed, 0 skipped", fails: true,
			says: []string{"nothing was tested"},
		},
		"packages add up": {
			pkg: "...", closing: "unit: 6 passed, 6 failed, 1 skipped", fails: true,
		},
	} {
		t.Run(name, func(t *testing.T) {
			stdout, stderr, err := run(t, "unit", "testdata", "./"+test.pkg)
			if test.fails != (err != nil) {
				t.Errorf("the error is %v, want one: %t", err, test.fails)
			}
			lines := strings.Split(strings.TrimSuffix(stdout, "\n"), "\n")
			if diff := cmp.Diff(test.closing, lines[len(lines)-1]); diff != "" {
				t.Errorf("the closing line (-want +got):\n%s", diff)
			}
			for _, want := range test.says {
				if !strings.Contains(stdout+stderr, want) {
					t.Errorf("the output lacks %q:\n%s%s", want, stdout, stderr)
				}
			}
			if strings.Contains(stdout, "quiet") {
				t.Errorf("the output shows what passing tests say:\n%s", stdout)
			}
		})
	}
}

func TestRunExplainsItself(t *testing.T) {
	if _, stderr, err := run(t, "unit"); err == nil || !strings.Contains(stderr, "usage") {
		t.Errorf("without a folder it ends with %v and says %q, want the usage", err, stderr)
	}
}

// run runs the script, which must leave no file behind.
func run(t *testing.T, arguments ...string) (stdout, stderr string, err error) {
	t.Helper()
	scratch := t.TempDir()
	t.Setenv("TMPDIR", scratch)
	t.Cleanup(func() {
		if left, err := os.ReadDir(scratch); err != nil || len(left) > 0 {
			t.Errorf("it leaves %v behind: %v", left, err)
		}
	})
	var out, errors strings.Builder
	command := exec.CommandContext(t.Context(), "./run.sh", arguments...)
	command.Stdout, command.Stderr = &out, &errors
	err = command.Run()
	return out.String(), errors.String(), err
}
