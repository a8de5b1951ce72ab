package stackdriver

import (
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"
)

// hostileConfigs are files that are made to take time or memory, with a part of
// the error that refuses them.
func hostileConfigs() map[string]struct{ text, message string } {
	fill := func(part string) string { return strings.Repeat(part, MaxConfigSize/len(part)) }
	laughs := "a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol, lol]\n"
	for i := 1; i < 10; i++ {
		laughs += fmt.Sprintf("a%d: &a%d [%s]\n", i, i, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*a%d, ", i-1), 10), ", "))
	}
	var chain strings.Builder
	chain.WriteString("a0: &a0 x\n")
	for i := 1; i < 20_000; i++ {
		fmt.Fprintf(&chain, "a%d: &a%d [*a%d]\n", i, i, i-1)
	}
	merges := "a0: &a0 {from: x}\n"
	for i := 1; i < 30; i++ {
		merges += fmt.Sprintf("a%d: &a%d {<<: [*a%d, *a%d]}\n", i, i, i-1, i-1)
	}
	return map[string]struct{ text, message string }{
		"more than a ConfigMap holds":   {fill("# padding\n") + fill("x"), "a ConfigMap holds at most 1048576"},
		"a billion laughs":              {laughs, "with its aliases expanded"},
		"merge keys that multiply":      {merges + "metric_renames: [*a29]\n", "with its aliases expanded"},
		"one long string many times":    {"a: &a " + strings.Repeat("x", MaxConfigSize/2) + "\nb: [" + strings.Repeat("*a,", 30_000) + "]", "with its aliases expanded"},
		"a long chain of aliases":       {chain.String(), "with its aliases expanded"},
		"an anchor that holds itself":   {"a: &a [*a]", `anchor "a" contains itself`},
		"a MiB of opening brackets":     {fill("["), "exceeded max depth"},
		"a MiB of opening braces":       {fill("{a: "), "linkerd-gcm reads at most"},
		"a MiB of nested lists":         {fill("- "), "exceeded max depth"},
		"a MiB of empty entries":        {fill("-\n"), "linkerd-gcm reads at most"},
		"a MiB of flow entries":         {"[" + strings.Repeat("a,", MaxConfigSize/2-1) + "]", "linkerd-gcm reads at most"},
		"a MiB of empty lines":          {fill("\n"), "linkerd-gcm reads at most"},
		"many empty lines and an error": {strings.Repeat("\n", 190_000) + "a: [", "not valid YAML"},
		"many document markers":         {strings.Repeat("---\n", 190_000) + "[", ""},
		"invalid UTF-8":                 {"metric_renames:\n- from: ü\xff\n", "byte 0xff is not valid UTF-8"},
		"UTF-16":                        {"\xff\xfea\x00", "byte 0xff is not valid UTF-8"},
		"a NUL byte":                    {"metric_renames:\n- from: \x00\n", "control characters"},
		"a MiB of a key":                {strings.Repeat("k", MaxConfigSize-10) + ": 1", ""},
		"a MiB of a quoted string":      {`a: "` + strings.Repeat("x", MaxConfigSize-10) + `"`, ""},
		"a MiB of escapes":              {`a: "` + strings.Repeat(`\x41`, MaxConfigSize/4-10) + `"`, ""},
		"a MiB of a comment":            {"#" + strings.Repeat("#", MaxConfigSize-10), ""},
		"many spellings of one key":     {"metric_renames: [{" + spellings("from", 60_000) + "}]", ""},
		"many keys that nobody knows":   {numbered(60_000), ""},
	}
}

func spellings(key string, count int) string {
	var out strings.Builder
	for i := range count {
		spelled := []byte(key)
		for bit := range spelled {
			if i>>bit&1 == 1 {
				spelled[bit] -= 'a' - 'A'
			}
		}
		fmt.Fprintf(&out, "%s: %d, ", spelled, i)
	}
	return out.String()
}

func numbered(count int) string {
	var out strings.Builder
	for i := range count {
		fmt.Fprintf(&out, "key%d: %d\n", i, i)
	}
	return out.String()
}

func TestHostileConfigsAreRefusedWithinBounds(t *testing.T) {
	if testing.Short() {
		t.Skip("-short leaves out what takes seconds")
	}
	const mostMemory = 400 << 20 // allocated in total, not at once
	for name, hostile := range hostileConfigs() {
		t.Run(name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			_, err := ParseConfig([]byte(hostile.text))
			runtime.ReadMemStats(&after)
			t.Logf("%d bytes: allocated %d MiB; error: %v", len(hostile.text), (after.TotalAlloc-before.TotalAlloc)>>20, err)
			if after.TotalAlloc-before.TotalAlloc > mostMemory {
				t.Errorf("allocated %d bytes", after.TotalAlloc-before.TotalAlloc)
			}
			var unreadable *ConfigError
			switch {
			case hostile.message == "":
			case !errors.As(err, &unreadable) || !strings.Contains(unreadable.Message, hostile.message):
				t.Errorf("got error %v", err)
			case len(unreadable.Message) > 300:
				t.Errorf("the message has %d bytes", len(unreadable.Message))
			}
		})
	}
}
