package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/prometheus/prometheus/promql"
)

// selectorVerdict returns "accept" and the matchers, or "reject" and the error, separated
// by tabs.
func selectorVerdict(text string) string {
	matchers, err := promql.ParseMetricSelector(text)
	if err != nil {
		return "reject\t" + strconv.Quote(err.Error())
	}
	columns := []string{"accept"}
	for _, matcher := range matchers {
		columns = append(columns, matcher.String())
	}
	return strings.Join(columns, "\t")
}

// updateSelectors rewrites the verdicts in selectors.golden. Lines that are empty or
// begin with # are kept. In the others, the first column is the selector as a Go string,
// and the rest is the verdict.
func updateSelectors(folder string) error {
	path := filepath.Join(folder, "selectors.golden")
	golden, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("reading the selectors: %w", err)
	}
	lines := strings.Split(string(golden), "\n")
	for i, line := range lines {
		quoted, _, _ := strings.Cut(line, "\t")
		if quoted == "" || strings.HasPrefix(quoted, "#") {
			continue
		}
		selector, err := strconv.Unquote(quoted)
		if err != nil {
			return fmt.Errorf("%s:%d: %s is not a Go string: %w", path, i+1, quoted, err)
		}
		lines[i] = quoted + "\t" + selectorVerdict(selector)
	}
	return os.WriteFile(path, []byte(strings.Join(lines, "\n")), 0o644)
}
