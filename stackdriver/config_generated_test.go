package stackdriver

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/linkerd-gcm/linkerd-gcm/internal/oracle"
)

// FuzzGeneratedConfig does the same as FuzzParseConfig with files that have the
// sidecar's keys in many spellings, repeated, aliased and merged: what random
// bytes seldom hit upon. The numbers decide what is in the file.
func FuzzGeneratedConfig(f *testing.F) {
	for seed := range uint64(500) {
		f.Add(seed, seed)
	}
	real := oracle.Named(f, selectors2019Variable, "-serve", "configs")
	f.Fuzz(func(t *testing.T, first, second uint64) {
		text := []byte((&configWriter{Rand: rand.New(rand.NewPCG(first, second))}).file())
		config, err := ParseConfig(text)
		if err == nil {
			checkPlaces(t, text, config)
			checkReadingsAgree(t, text)
		}
		if real != nil {
			checkConfig(t, text, parseVerdict(t, []byte(real.Ask(t, text))))
		}
		if t.Failed() {
			t.Logf("the file:\n%s", text)
		}
	})
}

// configWriter writes random configuration files.
type configWriter struct {
	*rand.Rand
	anchors []string
}

func (w *configWriter) pick(words ...string) string { return words[w.IntN(len(words))] }

func (w *configWriter) file() string {
	var out strings.Builder
	out.WriteString(w.pick("", "", "---\n", "# comment\n", "%YAML 1.1\n---\n", "\ufeff"))
	for range w.IntN(5) {
		list := w.pick(renamesKey, metadataKey, aggregatedKey)
		fmt.Fprintf(&out, "%s:%s\n", w.spelling(list), w.list(list))
	}
	out.WriteString(w.pick("", "", "", "---\nmore: 1\n", "...\n", "...\nrest", "--- \"", "---\n{"))
	return out.String()
}

// spelling writes a key in one of the ways that the decoder takes for it, or
// nearly so.
func (w *configWriter) spelling(key string) string {
	switch w.IntN(12) {
	case 0:
		return strings.ToUpper(key)
	case 1:
		return strings.ToUpper(key[:1]) + key[1:]
	case 2:
		return `"` + key + `"`
	case 3:
		return "'" + strings.ToUpper(key[:2]) + key[2:] + "'"
	case 4:
		return key + w.pick("x", "_", "-")
	case 5:
		return "!!str " + key
	case 6:
		return strings.ReplaceAll(key, "s", "ſ")
	}
	return key
}

// anchored gives a value an anchor now and then, or an alias instead.
func (w *configWriter) anchored(value string) string {
	switch w.IntN(12) {
	case 0:
		name := fmt.Sprintf("a%d", len(w.anchors))
		w.anchors = append(w.anchors, name)
		return "&" + name + " " + value
	case 1:
		if len(w.anchors) > 0 {
			return "*" + w.pick(w.anchors...)
		}
	}
	return value
}

func (w *configWriter) list(key string) string {
	switch w.IntN(12) {
	case 0:
		return w.pick(" []", " null", "", " ~", " a", " {}", " 5")
	case 1:
		var entries []string
		for range w.IntN(4) {
			entries = append(entries, w.anchored(w.flowEntry(key)))
		}
		return " [" + strings.Join(entries, ", ") + "]"
	}
	var out strings.Builder
	for range w.IntN(4) {
		switch w.IntN(6) {
		case 0:
			out.WriteString("\n- " + w.anchored(w.flowEntry(key)))
		case 1:
			out.WriteString("\n- " + w.pick("", "null", "a", "[]", "{}"))
		default:
			separator := "\n- "
			for range 1 + w.IntN(4) {
				out.WriteString(separator + w.field(key))
				separator = "\n  "
			}
		}
	}
	return out.String()
}

func (w *configWriter) flowEntry(list string) string {
	var fields []string
	for range w.IntN(5) {
		fields = append(fields, w.field(list))
	}
	return "{" + strings.Join(fields, ", ") + "}"
}

func (w *configWriter) field(list string) string {
	if w.IntN(10) == 0 {
		return "<<: " + w.anchored(w.pick("{}", "{from: m, to: n}", "[{metric: m, type: gauge}, {type: counter, help: h}]", "{Type: counter, FROM: q}", "x"))
	}
	keys := configKeys[list]
	key := keys[w.IntN(len(keys))]
	value := w.scalar()
	if key == filtersKey {
		var filters []string
		for range w.IntN(4) {
			filters = append(filters, w.anchored(w.pick(w.scalar(), "up", `'{a="b"}'`, `'{a!="b"}'`, "null")))
		}
		value = w.pick("["+strings.Join(filters, ", ")+"]", w.scalar())
	}
	return w.spelling(key) + ": " + w.anchored(value)
}

func (w *configWriter) scalar() string {
	return w.pick("a", "b:c", "counter", "gauge", "histogram", "int64", "double", "Counter", "yes", "no", "on", "Y",
		"5", "010", "0x1F", "1e3", "1_000", "1.50", ".inf", "2022-05-11", "null", "~", `""`, "''", `"q\tr"`, "'it''s'",
		"!!str 5", "!!int '7'", "!!binary Zm9v", "!x y", "[]", "{}", "a b", "- c", "-0", "12:30", "<<", "'<<'", "|", "a#b", "\"a\n  b\"")
}
