package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
)

// event is what `go test -json` says in one line; see `go doc test2json` and `go help buildjson`.
type event struct {
	Action     string
	Package    string
	ImportPath string // of what was built
	Test       string // empty when the event is about the package
	Elapsed    float64
	Output     string
}

// tally counts tests. A test with subtests counts as its subtests alone.
type tally struct {
	passed, failed, skipped int
}

// String returns the closing line's words.
func (t tally) String() string {
	return fmt.Sprintf("%d passed, %d failed, %d skipped", t.passed, t.failed, t.skipped)
}

// packageRun is what is known of a package's tests so far.
type packageRun struct {
	output  []event           // in the order in which it was said
	results map[string]string // by test: pass, fail or skip, and empty while it runs
}

// report reads events to their end, writes what people want to see, and counts.
func report(events io.Reader, out io.Writer) (tally, error) {
	var total tally
	packages := map[string]*packageRun{}
	lines := bufio.NewReader(events)
	for {
		line, err := lines.ReadBytes('\n')
		if err == io.EOF {
			return total, nil
		}
		if err != nil {
			return total, fmt.Errorf("reading go test's output: %w", err)
		}
		var e event
		if err := json.Unmarshal(line, &e); err != nil {
			return total, fmt.Errorf("go test -json said %q, which is no event: %w", line, err)
		}
		if e.Action == "build-output" {
			fmt.Fprint(out, e.Output)
			continue
		}
		p := packages[e.Package]
		if p == nil {
			p = &packageRun{results: map[string]string{}}
			packages[e.Package] = p
		}
		if p.observe(e) {
			total.add(p.close(e, out))
			delete(packages, e.Package)
		}
	}
}

// add adds another tally to this one.
func (t *tally) add(other tally) {
	t.passed += other.passed
	t.failed += other.failed
	t.skipped += other.skipped
}

// observe takes note of an event and says whether it is the package's last.
func (p *packageRun) observe(e event) (last bool) {
	switch e.Action {
	case "output":
		p.output = append(p.output, e)
	case "run":
		p.results[e.Test] = ""
	case "pass", "fail", "skip":
		if e.Test == "" {
			return true
		}
		p.results[e.Test] = e.Action
	}
	return false
}

// close shows what there is to see of a package that has ended, and counts its tests.
func (p *packageRun) close(end event, out io.Writer) tally {
	if len(p.results) > 0 || end.Action == "fail" {
		fmt.Fprintf(out, "%-4s %s (%.1f s)\n", end.Action, end.Package, end.Elapsed)
	}
	shown := func(e event) bool { return p.results[e.Test] == "skip" }
	if end.Action == "fail" {
		// What the package says outside of tests tells of panics and builds.
		shown = func(e event) bool { return e.Test == "" || p.results[e.Test] != "pass" }
	}
	for _, e := range p.output {
		// Lines such as "=== RUN" say nothing that the others don't.
		if shown(e) && !strings.HasPrefix(e.Output, "=== ") {
			fmt.Fprint(out, "     "+e.Output)
		}
	}
	total := p.count(end)
	if end.Action == "fail" && total.failed == 0 {
		total.failed++ // the package itself: it didn't build, or ended in TestMain
	}
	return total
}

// count counts the tests that have no subtests, and those that failed by themselves while their subtests did not.
func (p *packageRun) count(end event) tally {
	var total tally
	for _, test := range slices.Sorted(maps.Keys(p.results)) {
		result := p.results[test]
		if result == "" {
			result = end.Action // it was running when the package ended
		}
		subtests, failedSubtests := p.subtests(test)
		switch {
		case subtests > 0 && (result != "fail" || failedSubtests > 0):
		case result == "pass":
			total.passed++
		case result == "skip":
			total.skipped++
		default:
			total.failed++
		}
	}
	return total
}

// subtests counts the subtests of a test, at any depth, and those that did not pass or skip.
func (p *packageRun) subtests(test string) (all, failed int) {
	for name, result := range p.results {
		if strings.HasPrefix(name, test+"/") {
			all++
			if result == "fail" || result == "" {
				failed++
			}
		}
	}
	return all, failed
}
