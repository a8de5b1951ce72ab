package rules

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
)

const mebibyte = 1 << 20

// fill repeats a piece of text up to a mebibyte.
func fill(piece string) string { return strings.Repeat(piece, mebibyte/len(piece)) }

// numbered writes one line for each number from 0 to n-1.
func numbered(n int, format string) string {
	var text strings.Builder
	for i := range n {
		fmt.Fprintf(&text, format+"\n", i)
	}
	return text.String()
}

func ruleFile(expr string) string {
	return "groups:\n- name: g\n  rules:\n  - record: r\n    expr: '" + strings.ReplaceAll(expr, "'", "''") + "'\n"
}

// hostile files are within the size of a ConfigMap. Each is answered with an
// error that contains want, or with none where want is "".
var hostile = []struct{ name, text, want string }{
	{"nothing but flow lists", strings.Repeat("[", 400_000), "exceeded max depth"},
	{"a mebibyte of flow lists", fill("["), "lines, commas and opening brackets"},
	{"a mebibyte of flow maps", fill("{a: "), "exceeded max depth"},
	{"a mebibyte of block lists", fill("- "), "exceeded max depth"},
	{"a mebibyte of complex keys", fill("? "), "exceeded max depth"},
	{"lists just within the YAML parser's depth", strings.Repeat("[", 9000) + strings.Repeat("]", 9000), "nested more than 100 levels deep"},
	{"a billion laughs", "a: &a [x,x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d,*d]\nf: &f [*e,*e,*e,*e,*e,*e,*e,*e,*e,*e]\ngroups: [*f,*f,*f,*f,*f,*f,*f,*f,*f,*f]\n", "field a not found"},
	{"laughs in the rules", "groups:\n- &g\n  name: g\n  rules: &r [{record: a, expr: b, labels: &l {a: b}}]\n" + strings.Repeat("- *g\n", 100_000), "excessive aliasing"},
	{"a merge key that contains itself", "groups: [{name: g, rules: [{record: r, expr: x, labels: &l {<<: *l}}]}]\n", "contains itself"},
	{"a map of many keys", "groups:\n- name: g\n  rules:\n  - record: r\n    expr: x\n    labels:\n" + numbered(80_000, "      a%d: b"), "80000 keys; at most 1000"},
	{"many rules that share a map of many keys", "groups:\n- name: g\n  rules:\n  - record: r\n    expr: x\n    labels: &l\n" + numbered(900, "      a%d: b") + strings.Repeat("  - {record: r, expr: x, labels: *l}\n", 60), ""},
	{"a list of wrong types", "groups: [" + fill("1,") + "]", "lines, commas and opening brackets"},
	{"a long list of wrong types", "groups: [" + strings.Repeat("1,", 20_000) + "]", "and 19900 more errors"},
	{"a mebibyte of comments", fill("# comment\n") + "groups: []\n", ""},
	{"a mebibyte of lines of spaces", fill("   \n") + "groups: []\n", ""},
	{"many empty groups", "groups: [" + strings.Repeat("{},", 50_000) + "]", "the rest of the file was not read"},
	{"a mebibyte of documents", fill("---\n"), ""},

	{"ten thousand parentheses", ruleFile(strings.Repeat("(", 10_000) + "x" + strings.Repeat(")", 10_000)), "nested too deeply"},
	{"half a million parentheses", ruleFile(strings.Repeat("(", 500_000) + "x" + strings.Repeat(")", 500_000)), "nested too deeply"},
	{"a mebibyte of opening parentheses", ruleFile(fill("(")), "nested too deeply"},
	{"a mebibyte of sums", ruleFile(fill("sum(")), "nested too deeply"},
	{"a mebibyte of additions", ruleFile(fill("x+") + "x"), "nested too deeply"},
	{"a mebibyte of minus signs", ruleFile(fill("-") + "x"), "nested too deeply"},
	{"a mebibyte of powers", ruleFile(fill("1^") + "1"), "nested too deeply"},
	{"a mebibyte of subqueries", ruleFile("x" + fill("[5m:]")), "nested too deeply"},
	{"a mebibyte of offsets", ruleFile("x" + fill(" offset 5m")), "nested too deeply"},
	{"many expressions that are deep", "groups:\n- name: g\n  rules:\n" + strings.Repeat("  - {record: r, expr: '"+strings.Repeat("(", 400)+"x"+strings.Repeat(")", 400)+"'}\n", 1200), "nested too deeply"},
	{"nothing but braces", ruleFile(strings.Repeat("{", 400_000)), "unexpected"},
	{"a mebibyte of labels in by", ruleFile("sum by (" + strings.Repeat("a,", 400_000) + "a) (x)"), ""},
	{"long on and group_left", ruleFile("x * on (" + strings.Repeat("a,", 200_000) + "a) group_left (" + strings.Repeat("b,", 200_000) + "b) y"), "nested too deeply"},
	{"many regular expressions", ruleFile("x{" + strings.Repeat(`a=~"b.*c|d",`, 10_000) + "}"), ""},
	{"a mebibyte of matchers", ruleFile("x{" + fill(`a="b",`) + "}"), ""},
	{"a mebibyte of arguments", ruleFile(`label_join(x, "a", "b"` + fill(`,"c"`) + ")"), ""},
	{"a mebibyte of one string", ruleFile(`x{a="` + fill("b") + `"}`), ""},
	{"a mebibyte of one name", ruleFile(fill("b")), ""},
	{"a mebibyte of one expression's comment", "groups:\n- name: g\n  rules:\n  - record: r\n    expr: |\n      x # " + fill("b") + "\n", ""},
	{"a mebibyte of repeated regular expressions", ruleFile("x{" + fill(`a=~"(abcdefghij){1000}",`) + "}"), "repeat too much"},
	{"a mebibyte of character classes", ruleFile(`x{a=~"` + fill(`\\pL`) + `"}`), "expression"},
	{"a chain of rules that each add a label", "groups:\n- name: g\n  rules:\n  - {record: r0, expr: x}\n" + chain(2000), ""},
	{"many rules of one name with a label each", "groups:\n- name: g\n  rules:\n" + numbered(3000, `  - {record: r, expr: 'x{a%d="b"}'}`), ""},
	{"many readers of one name with many rules", "groups:\n- name: g\n  rules:\n" + strings.Repeat("  - {record: r, expr: x}\n  - {record: s, expr: r}\n", 3000), ""},

	{"a mebibyte of nested template actions", "groups:\n- name: g\n  rules:\n  - alert: a\n    expr: x\n    annotations:\n      a: '" + fill("{{if 1}}") + "'\n", "actions; at most"},
	{"a byte that is not UTF-8", "groups:\n- name: \xff\n", `2:9: byte 0xff is not UTF-8`},
	{"a file of zero bytes", strings.Repeat("\x00", mebibyte), "control characters are not allowed"},
	{"UTF-16", "\xff\xfeg\x00", "is not UTF-8"},
	{"too many bytes", strings.Repeat("#", MaxSize+1), "at most 4194304 are read"},
}

func chain(n int) string {
	var text strings.Builder
	for i := range n {
		fmt.Fprintf(&text, "  - {record: r%d, expr: 'label_replace(r%d,\"l%d\",\"x\",\"\",\".*\")'}\n", i+1, i, i)
	}
	return text.String()
}

// maxFootprint bounds the bytes allocated for a byte of hostile input. A node of
// the YAML parser takes 176 bytes and may stand for two.
const maxFootprint = 1000

func TestHostileFilesAreAnsweredWithinBounds(t *testing.T) {
	if testing.Short() {
		t.Skip("-short leaves out what takes seconds")
	}
	for _, test := range hostile {
		t.Run(test.name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			_, errs := Parse([]byte(test.text))
			runtime.ReadMemStats(&after)
			switch {
			case test.want == "" && len(errs) > 0:
				t.Errorf("error: %.300s", errs[0].String())
			case test.want != "" && !contains(errs, test.want):
				t.Errorf("no error contains %q: %.300v", test.want, errs)
			}
			if used, most := after.TotalAlloc-before.TotalAlloc, uint64(maxFootprint*max(len(test.text), 50_000)); used > most {
				t.Errorf("%d bytes allocated for a file of %d, at most %d expected", used, len(test.text), most)
			}
			if testing.Verbose() {
				t.Logf("%d bytes in, %d allocated", len(test.text), after.TotalAlloc-before.TotalAlloc)
			}
		})
	}
}

func contains(errs []Diagnostic, text string) bool {
	for _, err := range errs {
		if strings.Contains(err.String(), text) {
			return true
		}
	}
	return false
}
