package check

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/linkerd-gcm/linkerd-gcm/check/cluster"
	"github.com/linkerd-gcm/linkerd-gcm/internal/terminal"
)

// returning is a check that returns these problems one after the other, the last one
// forever.
func returning(id string, severity Severity, retry bool, problems ...error) Check {
	return Check{
		ID: id, Category: "some", Description: id, Severity: severity, Retry: retry,
		run: func(context.Context, *runContext) error {
			problem := problems[0]
			if len(problems) > 1 {
				problems = problems[1:]
			}
			return problem
		},
	}
}

var errForbidden = apierrors.NewForbidden(schema.GroupResource{Resource: "secrets"}, "ca", errors.New("you may not"))

func TestRun(t *testing.T) {
	var connected cluster.Connect = func() (*cluster.Reader, error) { return cluster.New(nil, nil), nil }
	for name, test := range map[string]struct {
		checks  []Check
		connect cluster.Connect
		want    []string
		strict  bool
		success bool
		waited  time.Duration
	}{
		"all pass": {
			checks: []Check{returning("a", Error, false, nil), returning("b", Warning, false, nil)},
			want:   []string{"a", "b"}, success: true,
		},
		"an error is a failure, and the rest is checked": {
			checks: []Check{returning("a", Error, false, errors.New("broken")), returning("b", Error, false, nil)},
			want:   []string{"a error: broken", "b"},
		},
		"a fatal failure ends it": {
			checks: []Check{returning("a", Fatal, false, errors.New("broken")), returning("b", Error, false, nil)},
			want:   []string{"a error: broken"},
		},
		"a warning is not a failure": {
			checks: []Check{returning("a", Warning, false, errors.New("odd"))},
			want:   []string{"a warning: odd"}, success: true,
		},
		"what is not applicable is not told": {
			checks:  []Check{returning("a", Error, true, errNotApplicable), returning("b", Error, false, fmt.Errorf("there is nothing: %w", errNotApplicable))},
			success: true,
		},
		"a missing permission is a warning, named once": {
			checks: []Check{returning("a", Error, true, errForbidden), returning("b", Error, false, errForbidden)},
			want: []string{
				`a warning: not checked, the permission is missing: secrets "ca" is forbidden: you may not`,
				"b warning: not checked, the permission named above is missing",
			},
			success: true,
		},
		"what is inconclusive is a warning": {
			checks: []Check{returning("a", Error, true, inconclusiveError{errors.New("who knows")})},
			want:   []string{"a warning: who knows"}, success: true,
		},
		"what is inconclusive is a failure where one is strict": {
			checks: []Check{returning("a", Warning, true, inconclusiveError{errors.New("who knows")}), returning("b", Warning, false, errors.New("odd"))},
			strict: true, want: []string{"a error: who knows", "b warning: odd"},
		},
		"what may pass is waited for, and told once": {
			checks: []Check{returning("a", Error, true, errors.New("not yet"), errors.New("not yet"), nil)},
			want:   []string{"a"}, success: true, waited: 2 * time.Second,
		},
		"the deadline is one for all": {
			checks: []Check{returning("a", Error, true, errors.New("never")), returning("b", Error, true, errors.New("never"))},
			want:   []string{"a error: never", "b error: never"}, waited: 9 * time.Second,
		},
		"a permanent problem is not waited for": {
			checks: []Check{returning("a", Error, true, permanentError{errors.New("never")})},
			want:   []string{"a error: never"},
		},
		"without a cluster, the first check fails": {
			checks:  []Check{returning("a", Fatal, false, nil), returning("b", Error, false, nil)},
			connect: func() (*cluster.Reader, error) { return nil, errors.New("no kubeconfig") },
			want:    []string{"a error: no kubeconfig"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				connect := connected
				if test.connect != nil {
					connect = test.connect
				}
				var got []string
				observe := func(r Result) {
					text := r.ID
					if r.Problem != nil && r.Warning {
						text += " warning: " + r.Problem.Error()
					} else if r.Problem != nil {
						text += " error: " + r.Problem.Error()
					}
					got = append(got, text)
				}
				begin := time.Now()
				success := runAll(t.Context(), test.checks, connect, Options{Wait: 10 * time.Second, Strict: test.strict}, observe, func(Check, error) {})
				if diff := cmp.Diff(test.want, got); diff != "" {
					t.Errorf("results (-want +got):\n%s", diff)
				}
				if success != test.success {
					t.Errorf("success is %v", success)
				}
				if waited := time.Since(begin); waited != test.waited {
					t.Errorf("waited %s, want %s", waited, test.waited)
				}
			})
		})
	}
}

func TestEachStageHasItsChecks(t *testing.T) {
	for name, test := range map[string]struct {
		options Options
		want    []Stage
	}{
		"by default":              {Options{}, []Stage{Always, Installed, DataPlane}},
		"before the installation": {Options{PreInstall: true}, []Stage{Always, PreInstall}},
		"the data plane alone":    {Options{DataPlane: true}, []Stage{Always, DataPlane}},
	} {
		var got []Stage
		for _, stage := range []Stage{Always, PreInstall, Installed, DataPlane} {
			if test.options.include(stage) {
				got = append(got, stage)
			}
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestPrinters(t *testing.T) {
	one := Check{ID: "one", Category: "first", Description: "one holds"}
	two := Check{ID: "two", Category: "first", Description: "two holds"}
	three := Check{ID: "three", Category: "second", Description: "three holds"}
	failing := []Result{{Check: one}, {Check: two, Problem: errors.New("it does not\nnot at all")}, {Check: three, Problem: errors.New("nobody knows"), Warning: true}}
	const hint = "https://github.com/linkerd-gcm/linkerd-gcm/blob/main/docs/operations.md#check-"
	for name, test := range map[string]struct {
		form    string
		results []Result
		success bool
		want    string
	}{
		"table": {"table", failing, false, `first
-----
√ one holds
× two holds
    it does not
    not at all
    see ` + hint + `two for hints

second
------
‼ three holds
    nobody knows
    see ` + hint + `three for hints

Status check results are ×
`},
		"short": {"short", failing, false, `first
-----
× two holds
    it does not
    not at all
    see ` + hint + `two for hints

second
------
‼ three holds
    nobody knows
    see ` + hint + `three for hints

Status check results are ×
`},
		"short and clean": {"short", failing[:1], true, "Status check results are √\n"},
		"json": {"json", failing, false, `{
  "success": false,
  "categories": [
    {
      "categoryName": "first",
      "checks": [
        {
          "description": "one holds",
          "result": "success"
        },
        {
          "description": "two holds",
          "hint": "` + hint + `two",
          "error": "it does not\n    not at all",
          "result": "error"
        }
      ]
    },
    {
      "categoryName": "second",
      "checks": [
        {
          "description": "three holds",
          "hint": "` + hint + `three",
          "error": "nobody knows",
          "result": "warning"
        }
      ]
    }
  ]
}
`},
		"json of nothing": {"json", nil, true, "{\n  \"success\": true,\n  \"categories\": []\n}\n"},
	} {
		t.Run(name, func(t *testing.T) {
			var out strings.Builder
			printer := NewPrinter(test.form, &out, terminal.Terminal{})
			for _, r := range test.results {
				printer.Print(r)
			}
			if err := printer.End(test.success); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, out.String()); diff != "" {
				t.Errorf("output (-want +got):\n%s", diff)
			}
		})
	}
	if NewPrinter("yaml", nil, terminal.Terminal{}) != nil {
		t.Error("there is a printer of YAML")
	}
}
