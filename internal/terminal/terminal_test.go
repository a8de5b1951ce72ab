package terminal

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestTables(t *testing.T) {
	rows := [][]string{{"A", "FIRST", "SECOND"}, {"one", "a text that is longer than its column", ""}, {"three", "short", "run kubectl get pods now; and then"}}
	for width, want := range map[int]string{
		0: "A      FIRST                                                    SECOND\n" +
			"one    a text that is longer than its column\n" +
			"three  short                                                    run kubectl get pods now; and then\n",
		40: "A      FIRST                 SECOND\n" +
			"one    a text that is\n       longer than its\n       column\n" +
			"three  short                 run\n                             kubectl get pods now;\n                             and then\n",
	} {
		if diff := cmp.Diff(want, Terminal{Width: width}.Table(rows)); diff != "" {
			t.Errorf("%d columns (-want +got):\n%s", width, diff)
		}
	}
}

func TestFilesAndPipesAreNoTerminals(t *testing.T) {
	file, err := os.Create(filepath.Join(t.TempDir(), "out"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	_, pipe, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer pipe.Close()
	for name, got := range map[string]Terminal{
		"a buffer": Of(&bytes.Buffer{}, os.Getenv), "a file": Of(file, os.Getenv), "a pipe": Of(pipe, os.Getenv),
	} {
		if got != (Terminal{}) {
			t.Errorf("%s is %+v", name, got)
		}
	}
}

func TestWrap(t *testing.T) {
	for name, test := range map[string]struct {
		width      int
		text, want string
	}{
		"not a terminal": {0, "one two three four five six seven eight nine ten", "  one two three four five six seven eight nine ten\n"},
		"what fits":      {30, "one two three four", "  one two three four\n"},
		"what does not":  {30, "one two three four five six seven", "  one two three four five six\n  seven\n"},
		"several lines":  {30, "one two\nthree four five six seven eight\n", "  one two\n  three four five six seven\n  eight\n"},
		"a long word":    {30, "see https://example.com/a/long/address/of/something", "  see\n  https://example.com/a/long/address/of/something\n"},
		"a command stays whole": {
			30, "it is old: run kubectl -n linkerd-viz rollout restart deployment/prometheus; or wait",
			"  it is old: run\n  kubectl -n linkerd-viz rollout restart deployment/prometheus;\n  or wait\n",
		},
		"a command with commas in it": {
			30, "apply it: linkerd-gcm export proxies --metrics golden,routes --label a=b,c=d | kubectl apply -f -, and wait",
			"  apply it:\n  linkerd-gcm export proxies --metrics golden,routes --label a=b,c=d | kubectl apply -f -,\n  and wait\n",
		},
		"a command of any program": {
			30, "it is gone: run flux reconcile helmrelease linkerd-gcm --namespace flux-system --force",
			"  it is gone: run\n  flux reconcile helmrelease linkerd-gcm --namespace flux-system --force\n",
		},
		"a terminal that is too narrow": {3, "one two three four five six", "  one two three four\n  five six\n"},
	} {
		if diff := cmp.Diff(test.want, Terminal{Width: test.width}.Wrap(test.text, "  ")); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestShow(t *testing.T) {
	if got := (Terminal{Colours: true}).Show(Red, "×"); got != "\x1b[31m×\x1b[0m" {
		t.Errorf("got %q", got)
	}
	if got := (Terminal{}).Show(Red, "×"); got != "×" {
		t.Errorf("got %q without colours", got)
	}
}

func TestCut(t *testing.T) {
	if got := (Terminal{Width: 8}).Cut("waiting for it"); got != "waiting…" {
		t.Errorf("got %q", got)
	}
}

func TestHang(t *testing.T) {
	want := " = fix: one two three four\n        five\n"
	if diff := cmp.Diff(want, Terminal{Width: 30}.Hang(" = fix: ", "one two three four five")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestFit(t *testing.T) {
	for name, test := range map[string]struct {
		height     int
		text, want string
	}{
		"not known":         {0, "1\n2\n3\n", "1\n2\n3\n"},
		"it fits":           {4, "1\n2\n3\n", "1\n2\n3\n"},
		"it does not":       {4, "1\n2\n3\n4\n", "1\n2\n… 2 more lines\n"},
		"a line takes two":  {4, "1\n1234567890123\n3\n", "1\n… 2 more lines\n"},
		"colours take none": {4, "1\n\x1b[31m12345678\x1b[0m\n3\n", "1\n\x1b[31m12345678\x1b[0m\n3\n"},
	} {
		if got := (Terminal{Width: 10, Height: test.height}).Fit(test.text); got != test.want {
			t.Errorf("%s: got %q, want %q", name, got, test.want)
		}
	}
}
