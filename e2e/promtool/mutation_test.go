package promtool

import (
	"bytes"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/linkerd-gcm/linkerd-gcm/e2e/programs"
	"github.com/linkerd-gcm/linkerd-gcm/internal/oracle"
	"github.com/linkerd-gcm/linkerd-gcm/rules"
)

// pieces are what mutations put into a file: what YAML, PromQL and templates are made of.
var pieces = []string{
	"\n", "\r\n", "\t", " ", "  ", "- ", ": ", ":", "? ", "#", " # ", "---\n", "...\n", "%", "&a ", "*a", "<<: ", "!!str ", "!!null ", "!!int ", "!!binary ", "|\n", ">-\n", "|2\n",
	"{", "}", "[", "]", "(", ")", ",", "'", "\"", "`", "\\", "''", "~", "null", "true", "0x1", "1e3", "5m", "1d", "0", "-1", "\u00e4", "\u0085", "\u2028", "\ufeff", "\x00", "\xff",
	"groups:", "name: g", "rules:", "record: r", "alert: a", "expr: x", "for: 5m", "keep_firing_for: 5m", "labels:", "annotations:", "interval: 5s", "limit: 5", "query_offset: 5s",
	"sum", " by (job) ", " without (a:b) ", " on (a) ", " ignoring (\"a.b\") ", " group_left (b) ", " offset ", " @ ", " bool ", " and ", " or ", " unless ", " + ", " == ", "=~", "!=", "^", "[5m]", "[5m:]", "rate(", "label_replace(", "info(", "limitk",
	"{{ ", " }}", "$labels", "{{ if }}", "{{ end }}", "__name__", "a.b",
}

// mutate returns a file with one or two random changes.
func mutate(r *rand.Rand, texts [][]byte) []byte {
	text := slices.Clone(texts[r.IntN(len(texts))])
	for range 1 + r.IntN(2) {
		from := r.IntN(len(text) + 1)
		to := min(from+r.IntN(12), len(text))
		piece := []byte(pieces[r.IntN(len(pieces))])
		switch r.IntN(6) {
		case 0: // insert something
			text = slices.Insert(text, from, piece...)
		case 1: // replace something
			text = slices.Replace(text, from, to, piece...)
		case 2: // delete something
			text = slices.Delete(text, from, to)
		case 3: // repeat something
			text = slices.Insert(text, to, bytes.Clone(text[from:to])...)
		case 4: // change a byte
			if from < len(text) {
				text[from] ^= 1 << r.IntN(8)
			}
		case 5: // continue with another file
			other := texts[r.IntN(len(texts))]
			text = slices.Concat(text[:from], other[r.IntN(len(other)+1):])
		}
	}
	return text
}

// TestParseAgreesWithRulefmtOnMutatedFiles changes the files at random and asks
// Prometheus' own reader about each.
func TestParseAgreesWithRulefmtOnMutatedFiles(t *testing.T) {
	if testing.Short() {
		t.Skip("-short builds no programs")
	}
	const documents = 10_000
	root, paths := files(t)
	var texts [][]byte
	for _, path := range slices.DeleteFunc(paths, broken) {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		texts = append(texts, text)
	}
	prometheus := startRulefmt(t, root)
	r := rand.New(rand.NewPCG(2, 55))
	accepted, limited := 0, 0
	for range documents {
		text := mutate(r, texts)
		_, errs := rules.Parse(text)
		if slices.ContainsFunc(errs, func(err rules.Diagnostic) bool { return err.Limit }) {
			limited++
			continue
		}
		if len(errs) == 0 {
			accepted++
		}
		if verdict := prometheus.Ask(t, text); (verdict == "") != (len(errs) == 0) {
			t.Errorf("of %q\nrulefmt says %q\nrules.Parse says %v", text, verdict, errs)
		}
		if lintRefuses(text) != (len(errs) > 0) {
			t.Errorf("of %q\nrules.Parse says %v, and lint the opposite", text, errs)
		}
	}
	if accepted < documents/10 || limited > documents/5 {
		t.Errorf("of %d files %d were accepted and %d beyond the limits: too few are compared", documents, accepted, limited)
	}
}

// broken reports whether a file is refused unchanged: few of its mutations would be
// accepted.
func broken(path string) bool { return filepath.Base(filepath.Dir(path)) == "broken" }

// startRulefmt starts the program that answers as Prometheus does.
func startRulefmt(t *testing.T, root string) *oracle.Oracle {
	t.Helper()
	built, err := programs.Ensure(t.Context(), root, os.Stderr, programs.Rulefmt)
	if err != nil {
		t.Fatal(err)
	}
	return oracle.Start(t, built[programs.Rulefmt])
}
