package main

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestRun(t *testing.T) {
	for name, test := range map[string]struct {
		pkg     string
		closing string
		says    []string
		err     string
	}{
		"a test with subtests counts as its subtests": {
			pkg: "passes", closing: "unit: 3 passed, 0 failed, 0 skipped",
			says: []string{"pass example.com/outcomes/passes"},
		},
		"failing tests say why, and count even if their subtests pass": {
			pkg: "fails", closing: "unit: 2 passed, 2 failed, 0 skipped", err: "exit status 1",
			says: []string{"one is not two", "wrong in spite of its subtests", "fail example.com/outcomes/fails"},
		},
		"a skipped test says why, and is no success": {
			pkg: "skips", closing: "unit: 0 passed, 0 failed, 1 skipped", err: "nothing was tested",
			says: []string{"not on this machine"},
		},
		"a panic is shown, and fails its test": {
			pkg: "panics", closing: "unit: 0 passed, 1 failed, 0 skipped", err: "exit status 1",
			says: []string{"panic: out of reach", "panics_test.go"},
		},
		"a package that ends before its tests counts as failed": {
			pkg: "exits", closing: "unit: 0 passed, 1 failed, 0 skipped", err: "exit status 1",
			says: []string{"ended in TestMain"},
		},
		"a package that does not build counts as failed": {
			pkg: "broken", closing: "unit: 0 passed, 1 failed, 0 skipped", err: "exit status 1",
			says: []string{"undefined: undefined"},
		},
		"no tests are no success": {
			pkg: "empty", closing: "unit: 0 passed, 0 failed, 0 skipped", err: "nothing was tested",
		},
		"packages add up": {
			pkg: "...", closing: "unit: 5 passed, 5 failed, 1 skipped", err: "exit status 1",
		},
	} {
		t.Run(name, func(t *testing.T) {
			var stdout, stderr strings.Builder
			err := run(t.Context(), []string{"unit", "testdata", "./" + test.pkg}, &stdout, &stderr)
			if (test.err == "") != (err == nil) || err != nil && !strings.Contains(err.Error(), test.err) {
				t.Errorf("the error is %v, want %q", err, test.err)
			}
			lines := strings.Split(strings.TrimSuffix(stdout.String(), "\n"), "\n")
			if diff := cmp.Diff(test.closing, lines[len(lines)-1]); diff != "" {
				t.Errorf("the closing line (-want +got):\n%s", diff)
			}
			for _, want := range test.says {
				if !strings.Contains(stdout.String(), want) {
					t.Errorf("the output lacks %q:\n%s", want, stdout.String())
				}
			}
			if strings.Contains(stdout.String(), "quiet") {
				t.Errorf("the output shows what passing tests say:\n%s", stdout.String())
			}
		})
	}
}

func TestRunExplainsItself(t *testing.T) {
	var out strings.Builder
	if err := run(t.Context(), []string{"unit"}, &out, &out); err == nil || !strings.Contains(err.Error(), "usage") {
		t.Errorf("without a folder the error is %v, want the usage", err)
	}
}
