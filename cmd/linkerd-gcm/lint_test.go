package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/linkerd-gcm/linkerd-gcm/internal/golden"
	"github.com/linkerd-gcm/linkerd-gcm/lint"
)

// forGoogles has files without a pod or a namespace judged for Google's sidecar.
const forGoogles = "--sidecar=stackdriver"

const manual = "-f manual/configmaps.yaml -f manual/values.yaml"

func TestLintOutputs(t *testing.T) {
	for name, args := range map[string]string{
		"manual":               manual,
		"without-commas":       "-f manual/configmaps.yaml -f manual/values-without-commas.yaml",
		"unquoted":             "-f values-unquoted.yaml",
		"configmaps":           "-f manual/configmaps.yaml",
		"annotated":            "-f annotated.yaml",
		"annotated-overlaid":   "-f annotated.yaml --annotation project-id=my-project --annotation location=?",
		"json-input":           "-f configmaps.json",
		"binary":               "-f binary.yaml",
		"json":                 manual + " -f annotated.yaml -f configmaps.json -o json",
		"json-of-nothing":      "-f ../inject/viz.yaml -o json --annotation sidecar-image=registry.example.com/stackdriver-prometheus-sidecar:0.10.1",
		"github":               manual + " -f annotated.yaml -o github",
		"bare":                 "--rules rules.yml --sidecar-config sidecar.yml --include {__name__=~\"linkerd_job:.+\"} --include up{ --annotation metrics-prefix=x",
		"bare-without-include": "--rules rules.yml --sidecar-config sidecar.yml",
		"broken":               "-f broken",
		"clean":                "-f ../inject/viz.yaml --annotation sidecar-image=registry.example.com/stackdriver-prometheus-sidecar:0.10.1",
		"bare-as-objects":      "-f rules.yml -f sidecar.yml",
		"nothing":              "-f ../inject/anchors.yaml",
	} {
		t.Run(name, func(t *testing.T) {
			t.Chdir("testdata/lint")
			got := execute("", append([]string{"lint", forGoogles}, strings.Fields(args)...)...)
			t.Chdir("../..")
			if got.code == exitUsage {
				t.Errorf("exit code %d", got.code)
			}
			golden.Compare(t, filepath.Join("lint", "golden", name+".out"), got.out)
			golden.Compare(t, filepath.Join("lint", "golden", name+".err"), got.errOut)
		})
	}
}

// lintFinding is a finding as -o json prints it.
type lintFinding struct {
	Rule, Severity, Message string
	Object                  struct{ Kind, Namespace, Name, Key string }
	File                    string
	Line, Column            int
	Fix                     string
}

func lintJSON(t *testing.T, stdin string, args ...string) []lintFinding {
	t.Helper()
	got := execute(stdin, append([]string{"lint", "-o", "json"}, args...)...)
	var report struct {
		Findings       []lintFinding
		Checked        string
		NothingChecked bool
		Sidecars       []string
		Notes          []string
	}
	decoder := json.NewDecoder(strings.NewReader(got.out))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&report); err != nil {
		t.Fatalf("%v in %q, stderr %q", err, got.out, got.errOut)
	}
	return report.Findings
}

// TestLintFindsTheMistakesOfTheManualProcedure looks for each mistake that files
// show at the very text that is wrong.
func TestLintFindsTheMistakesOfTheManualProcedure(t *testing.T) {
	t.Chdir("testdata/lint/manual")
	const configMaps, values, fixed = "configmaps.yaml", "values.yaml", "values-without-commas.yaml"
	for name, test := range map[string]struct {
		rule, file, line, at string
	}{
		"a comma after the project":                      {"CFG003", values, "project-id", `,`},
		"a comma after the location":                     {"CFG003", values, "kubernetes.location", `,`},
		"a comma after the cluster's name":               {"CFG003", values, "cluster-name", `,`},
		"a pull policy in lower case":                    {"POD004", fixed, "imagePullPolicy", "always"},
		"a placeholder for the project":                  {"CFG004", fixed, "project-id", "<PROJECT>"},
		"a placeholder for the location":                 {"CFG006", fixed, "kubernetes.location", "<REGION>"},
		"a placeholder for the cluster's name":           {"CFG006", fixed, "cluster-name", "<CLUSTER_ID>"},
		"a type under the new name":                      {"MET001", configMaps, "nobody looks", "recorded_responses"},
		"anchors, as if it were a regular expression":    {"SEL005", fixed, "--include", `__name__=~`},
		"no security context: who may write":             {"POD001", fixed, "- name: stack", "name"},
		"no security context: Pod Security":              {"POD003", fixed, "- name: stack", "name"},
		"no port":                                        {"POD008", fixed, "- name: stack", "name"},
		"no resources":                                   {"POD009", fixed, "- name: stack", "name"},
		"a counter over labels that come and go":         {"REC011", configMaps, "sum(response_total", "sum("},
		"a label of the pod":                             {"REC005", configMaps, "sum(response_total", "app"},
		"a window of three scrapes, of a rate":           {"REC015", configMaps, "direction=\"outbound\"}[30s])) by (dst_service, status", "response_total"},
		"a window of three scrapes, of a percentile":     {"REC015", configMaps, "quantile(0.50", "response_latency_ms_bucket"},
		"one namespace alone, of a rate":                 {"REC017", configMaps, "direction=\"outbound\"}[30s])) by (dst_service, status", "response_total"},
		"one namespace alone, in a folded scalar":        {"REC017", configMaps, "[5m]", "response_latency_ms_bucket"},
		"one namespace alone, of the counter":            {"REC017", configMaps, "sum(response_total", "response_total"},
		"an image's name with a placeholder":             {"POD007", fixed, "image: ", "gcr.io"},
		"the mistakes behind the commas are found, too":  {"POD004", values, "imagePullPolicy", "always"},
		"the values behind the commas are found as such": {"CFG006", values, "kubernetes.location", "<REGION>"},
	} {
		t.Run(name, func(t *testing.T) {
			file := test.file
			if file == configMaps {
				file = fixed
			}
			line, column := placeOf(t, test.file, test.line, test.at)
			findings := lintJSON(t, "", "-f", configMaps, "-f", file)
			if !slices.ContainsFunc(findings, func(f lintFinding) bool {
				return f.Rule == test.rule && f.File == test.file && f.Line == line && f.Column == column
			}) {
				t.Errorf("no %s at %s:%d:%d among %v", test.rule, test.file, line, column, findings)
			}
		})
	}
}

// placeOf returns where a text stands in the only line of a file with another text.
func placeOf(t *testing.T, file, inLine, text string) (line, column int) {
	t.Helper()
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for i, one := range strings.Split(string(content), "\n") {
		if !strings.Contains(one, inLine) {
			continue
		}
		before, _, found := strings.Cut(one, text)
		if line > 0 || !found {
			t.Fatalf("line %d of %s: %q is not the only one with %q, or has no %q", i+1, file, one, inLine, text)
		}
		line, column = i+1, utf8.RuneCountInString(before)+1
	}
	if line == 0 {
		t.Fatalf("%s has no line with %q", file, inLine)
	}
	return line, column
}

// TestLintReadsPositionsOfAllSpellings writes one ConfigMap in many ways, with one
// problem, and wants it found where it stands.
func TestLintReadsPositionsOfAllSpellings(t *testing.T) {
	const text = "metric_renames:\n- from: linkerd_job:x\n  to: \"BAD:name\"\n"
	object := map[string]any{
		"apiVersion": "v1", "kind": "ConfigMap", "metadata": map[string]string{"name": "linkerd-prometheus-sidecar-config"},
		"data": map[string]string{"sidecar.yml": text},
	}
	inJSON, err := json.Marshal(object)
	if err != nil {
		t.Fatal(err)
	}
	indented, err := json.MarshalIndent(map[string]any{"kind": "List", "apiVersion": "v1", "items": []any{object}}, "", "\t")
	if err != nil {
		t.Fatal(err)
	}
	const head = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: linkerd-prometheus-sidecar-config}\ndata:\n  sidecar.yml: "
	block := func(indent string) string {
		return indent + strings.ReplaceAll(strings.TrimSpace(text), "\n", "\n"+indent) + "\n"
	}
	for name, content := range map[string]string{
		"literal":                     head + "|\n" + block("    "),
		"literal, stripped":           head + "|-\n" + block("   "),
		"literal, with an indicator":  head + "|2\n" + block("    "),
		"literal, after a comment":    "# ä\n---\n# ö\n" + head + "| # why\n\n" + block("        "),
		"folded":                      head + ">\n" + strings.ReplaceAll(block("    "), "\n", "\n\n"),
		"double-quoted":               head + `"metric_renames:\n- from: linkerd_job:x\n  to: \"BAD:name\"\n"` + "\n",
		"double-quoted, of two lines": head + `"metric_renames:\n- from: link\` + "\n      " + `erd_job:x\n\x20 to: \"BAD:name\"\n"` + "\n",
		"single-quoted":               head + "'metric_renames:\n\n    - from: linkerd_job:x\n\n      \n    - {from: linkerd_job:y, to: BAD:name}'\n",
		"with an anchor":              strings.Replace(head, "sidecar.yml: ", "sidecar.yml: &a ", 1) + "|\n" + block("    "),
		"with the breaks of Windows":  strings.ReplaceAll(head+"|\n"+block("    "), "\n", "\r\n"),
		"after a byte order mark":     "\ufeff" + head + "|\n" + block("    "),
		"JSON":                        string(inJSON),
		"a list in indented JSON":     string(indented),
		"the second JSON of a stream": "{}\n" + string(inJSON),
	} {
		t.Run(name, func(t *testing.T) {
			before, _, _ := strings.Cut(content, "BAD")
			line := 1 + strings.Count(before, "\n")
			column := 1 + utf8.RuneCountInString(strings.TrimPrefix(before[strings.LastIndexByte(before, '\n')+1:], "\ufeff"))
			for _, f := range lintJSON(t, content, forGoogles, "-f", "-") {
				if f.Rule == "REN007" {
					if f.Line != line || f.Column != column {
						t.Errorf("found at %d:%d, want %d:%d in\n%s", f.Line, f.Column, line, column, content)
					}
					return
				}
			}
			t.Errorf("not found in\n%s", content)
		})
	}
}

func TestLintExitCodesAndRefusals(t *testing.T) {
	const warns = "groups:\n- name: a\n  rules:\n  - record: linkerd_job:a\n    expr: sum by (job, instance) (rate(request_total[30s]))\n"
	for name, test := range map[string]struct {
		stdin string
		args  []string
		want  outcome
	}{
		"warnings alone": {warns, []string{forGoogles, "--rules", "-", "--disable", "REC015,ren001", "--include", `{__name__=~"linkerd_job:.+"}`},
			outcome{0, "note: no --sidecar-config is given: REN001 and the rules about types and sums (MET, AGG) were not checked; " +
				"without a new name for linkerd_job:a, Google Cloud Monitoring refuses the colon\n" +
				"no findings in 1 file and 1 selector, for stackdriver-prometheus-sidecar; a note says what was not checked\n", ""}},
		"nothing to look at": {"", nil, outcome{2, "",
			"linkerd-gcm: nothing to check: name files with -f or --rules, or a live namespace with --namespace, such as --namespace linkerd-viz\n"}},
		"an argument": {"", []string{"viz.yaml"}, outcome{2, "",
			"linkerd-gcm: \"viz.yaml\" is not a flag; name files, folders or stdin with -f, as in -f viz.yaml\n"}},
		"objects and bare files": {"", []string{"-f", "-", "--rules", "x"}, outcome{2, "",
			"linkerd-gcm: -f is given with --rules, --sidecar-config or --include: give objects or bare files\n"}},
		"bare files in a namespace": {"", []string{"-n", "viz", "--rules", "x"}, outcome{2, "",
			"linkerd-gcm: --namespace is given with bare files, which are in no namespace: leave one of the two out\n"}},
		"two sorts of selectors": {"", []string{"--include", "a", "--annotation", "include=b"}, outcome{2, "",
			"linkerd-gcm: --include is given with the annotation gcm.linkerd.io/include: leave one of the two out\n"}},
		"an unknown rule": {"", []string{"-f", "-", "--disable", "REN05"}, outcome{2, "",
			"linkerd-gcm: --disable: there is no rule \"REN05\"; did you mean REN005?\n"}},
		"an explanation of an unknown rule": {"", []string{"--explain", "sel23"}, outcome{2, "",
			"linkerd-gcm: --explain: there is no rule \"sel23\"; did you mean SEL003?\n"}},
		"an unknown format": {"", []string{"-f", "-", "-o", "jsn"}, outcome{2, "",
			"linkerd-gcm: --output is \"jsn\"; did you mean \"json\"? The formats are table, json, sarif, github\n"}},
		"a file that is not there": {"", []string{"-f", "none.yaml"}, outcome{2, "",
			"linkerd-gcm: reading -f \"none.yaml\": stat none.yaml: no such file or directory\n"}},
		"rules that are not there": {"", []string{"--rules", "none.yml"}, outcome{2, "",
			"linkerd-gcm: --rules is \"none.yml\": open none.yml: no such file or directory\n"}},
		"stdin twice": {warns, []string{"--rules", "-", "--sidecar-config", "-"}, outcome{2, "",
			"linkerd-gcm: --sidecar-config is \"-\": stdin can be read only once\n"}},
		"a broken file without its rule": {"a: b: c\n", []string{"-f", "-", "--disable", "CFG003"}, outcome{2, "",
			"linkerd-gcm: stdin:1:1: invalid YAML: mapping values are not allowed in this context\n"}},
		"no text": {"\xff", []string{"-f", "-"}, outcome{2, "", "linkerd-gcm: stdin is not UTF-8 text; save it as UTF-8\n"}},
		"a key of a ConfigMap that is not text": {"kind: ConfigMap\napiVersion: v1\nmetadata: {name: linkerd-prometheus-sidecar-config}\ndata:\n  sidecar.yml:\n    metric_renames: []\n", []string{"-f", "-"}, outcome{2, "",
			"linkerd-gcm: stdin:1: ConfigMap default/linkerd-prometheus-sidecar-config: the value of sidecar.yml is not a string, which a ConfigMap requires; write \"sidecar.yml: |\" and the file below it\n"}},
		"Helm values of another shape": {"prometheus:\n  sidecarContainers:\n    name: x\n", []string{"-f", "-"}, outcome{2, "",
			"linkerd-gcm: stdin: prometheus.sidecarContainers is not a list, which linkerd-viz requires; begin each entry with \"- \"\n"}},
		"a pod that cannot be read": {"kind: Pod\nmetadata: {name: p, labels: {linkerd.io/extension: viz, component: prometheus}}\nspec: {containers: x}\n", []string{"-f", "-"}, outcome{2, "",
			"linkerd-gcm: stdin:1: Pod default/p: reading its pod: json: cannot unmarshal string into Go struct field PodSpec.spec.containers of type []v1.Container\n"}},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, execute(test.stdin, append([]string{"lint"}, test.args...)...), cmp.AllowUnexported(outcome{})); diff != "" {
				t.Errorf("outcome (-want +got):\n%s", diff)
			}
		})
	}
	for name, test := range map[string]struct {
		args []string
		want int
	}{
		"an error":                      {[]string{"--include", "{"}, 1},
		"a warning":                     {[]string{"--disable", "REN001"}, 0},
		"a warning for an error":        {[]string{"--disable", "REN001", "--warnings-as-errors"}, 1},
		"no warning left for an error":  {[]string{"--disable", "REN001", "--disable", "REC015", "--warnings-as-errors"}, 0},
		"an error in a broken file too": {[]string{"-o", "github"}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			got := execute(warns, append([]string{"lint", forGoogles, "--rules", "-", "--sidecar-config", os.DevNull}, test.args...)...)
			if got.code != test.want {
				t.Errorf("exit code %d, want %d: %s", got.code, test.want, got.out)
			}
		})
	}
}

func TestLintExplainsEachRule(t *testing.T) {
	for _, rule := range lint.Rules {
		got := execute("", "lint", "--explain", strings.ToLower(rule.ID))
		if got.code != 0 || !strings.HasPrefix(got.out, "### "+rule.ID+": ") || got.errOut != "" {
			t.Errorf("%s: exit code %d, %.40q, stderr %q", rule.ID, got.code, got.out, got.errOut)
		}
	}
}

func TestWhatGenerateMakesLintsClean(t *testing.T) {
	program := map[string]string{"stackdriver": "stackdriver-prometheus-sidecar", "gcm-exporter": "gcm-exporter"}
	recorded := []string{"--recorded", "--recorded --counter --percentile 90 --interval 1m", "--rules testdata/lint/generate_rules.yml"}
	for sidecar, forms := range map[string][]string{
		"gcm-exporter": append([]string{"", "--namespace shop --namespace payment"}, recorded...),
		"stackdriver":  append([]string{"", "--counter"}, recorded...),
	} {
		annotated := []string{"--warnings-as-errors", enable, toMine, place, name, "--annotation=sidecar=" + sidecar}
		if sidecar == "stackdriver" {
			annotated = append(annotated, "--annotation=sidecar-image=example.com/stackdriver-prometheus-sidecar:0.10.1")
		}
		for _, form := range forms {
			generated := execute("", append([]string{"generate", "--sidecar", sidecar}, strings.Fields(form)...)...)
			for _, how := range [][]string{{"--sidecar", sidecar}, annotated} {
				got := execute(generated.out, append([]string{"lint", "-f", "-"}, how...)...)
				if got.code != 0 || !strings.Contains(got.out, "no findings in 1 file (") || !strings.Contains(got.out, "), for "+program[sidecar]) {
					t.Errorf("generate %s --sidecar %s: exit code %d:\n%s%s", form, sidecar, got.code, got.out, got.errOut)
				}
			}
		}
	}
}

// TestSARIF holds the output against what the standard requires (SARIF 2.1.0,
// sections 3.13, 3.14, 3.18, 3.27 to 3.30, 3.49) and code scanning needs.
func TestSARIF(t *testing.T) {
	t.Chdir("testdata/lint")
	got := execute("", "lint", "-o", "sarif", "-f", "manual", "-f", "annotated.yaml", "--annotation", "location=?")
	head, rest, _ := strings.Cut(got.out, `"rules": [`)
	_, results, _ := strings.Cut(rest, `"columnKind"`)
	t.Chdir("../..")
	// The rules change with the documentation, and their indexes with every new one.
	golden.Compare(t, "lint/golden/sarif.out", head+"...\n      \"columnKind\""+regexp.MustCompile(`"ruleIndex": \d+`).ReplaceAllString(results, `"ruleIndex": 0`))
	var log struct {
		Schema  string `json:"$schema"`
		Version string
		Runs    []struct {
			ColumnKind string
			Tool       struct {
				Driver struct {
					Name  string
					Rules []struct {
						ID                                      string
						ShortDescription, FullDescription, Help struct{ Text string }
						DefaultConfiguration                    struct{ Level string }
					}
				}
			}
			Results []struct {
				RuleID    string
				RuleIndex int
				Level     string
				Message   struct{ Text string }
				Locations []struct {
					PhysicalLocation *struct {
						ArtifactLocation struct{ URI string }
						Region           struct{ StartLine, StartColumn, EndColumn int }
					}
				}
			}
		}
	}
	if err := json.Unmarshal([]byte(got.out), &log); err != nil {
		t.Fatal(err)
	}
	if log.Version != "2.1.0" || !strings.HasSuffix(log.Schema, "sarif-schema-2.1.0.json") || len(log.Runs) != 1 || log.Runs[0].Tool.Driver.Name == "" ||
		log.Runs[0].ColumnKind != "unicodeCodePoints" {
		t.Fatalf("the log's head is wrong: %.500s", got.out)
	}
	levels := regexp.MustCompile("^(error|warning|note)$")
	rules := log.Runs[0].Tool.Driver.Rules
	for _, rule := range rules {
		if rule.ID == "" || rule.ShortDescription.Text == "" || rule.FullDescription.Text == "" || rule.Help.Text == "" || !levels.MatchString(rule.DefaultConfiguration.Level) {
			t.Errorf("rule %+v", rule)
		}
	}
	if len(log.Runs[0].Results) < 20 {
		t.Errorf("only %d results", len(log.Runs[0].Results))
	}
	nowhere := 0
	for _, result := range log.Runs[0].Results {
		switch {
		case result.RuleIndex < 0 || result.RuleIndex >= len(rules) || rules[result.RuleIndex].ID != result.RuleID,
			!levels.MatchString(result.Level), result.Message.Text == "", len(result.Locations) != 1:
			t.Errorf("result %+v", result)
		case result.Locations[0].PhysicalLocation == nil:
			nowhere++
		default:
			at := result.Locations[0].PhysicalLocation
			if !strings.HasSuffix(at.ArtifactLocation.URI, ".yaml") || at.Region.StartLine < 1 || at.Region.StartColumn < 1 ||
				at.Region.EndColumn != 0 && at.Region.EndColumn <= at.Region.StartColumn {
				t.Errorf("%s at %+v", result.RuleID, at)
			}
		}
	}
	if nowhere != 1 {
		t.Errorf("%d results stand nowhere, want that of --annotation alone", nowhere)
	}
}

// TestManyFindingsInOneLine wants memory in proportion to the findings, not to these
// times the length of the line that all of them are in.
func TestManyFindingsInOneLine(t *testing.T) {
	if testing.Short() {
		t.Skip("-short leaves out what takes seconds")
	}
	const count = 20_000
	text := `{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "linkerd-prometheus-sidecar-config"}, "data": {"sidecar.yml": "` +
		strings.Repeat(`metric_renmes: []\n`, count) + `"}}`
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	got := execute(text, "lint", "-f", "-")
	runtime.ReadMemStats(&after)
	if !strings.Contains(got.out, " = and 19998 more in this line\n") || !strings.Contains(got.out, "\n20000 errors in 1 file (1 ConfigMap)") {
		t.Errorf("the end is %q", got.out[max(0, len(got.out)-500):])
	}
	if allocated := after.TotalAlloc - before.TotalAlloc; allocated > 1<<30 {
		t.Errorf("%d MiB were allocated for a file of %d KiB", allocated>>20, len(text)>>10)
	}
}

func TestManyFindingsOfOneRule(t *testing.T) {
	var config, rules strings.Builder
	rules.WriteString("groups:\n- name: a\n  rules:\n")
	for i := range 2000 {
		config.WriteString("metric_renmes: []\n")
		fmt.Fprintf(&rules, "  - {record: 'linkerd_job:a%d', expr: 'sum by (job, instance) (x)'}\n", i)
	}
	got := execute(config.String(), "lint", forGoogles, "--sidecar-config", "-")
	if strings.Count(got.out, "\nerror[CFG002]") > 1 || !strings.Contains(got.out, " = and 1998 more, in lines 2, 3, ") || !strings.Contains(got.out, "\n2000 errors in 1 file") {
		t.Errorf("the end is %q", got.out[max(0, len(got.out)-500):])
	}
	if all := lintJSON(t, config.String(), forGoogles, "--sidecar-config", "-"); len(all) != 2000 {
		t.Errorf("%d findings in JSON", len(all))
	}
	got = execute(rules.String(), "lint", forGoogles, "--rules", "-", "--sidecar-config", os.DevNull, "--include", `{__name__=~"linkerd_job:.+"}`)
	if !strings.Contains(got.out, "\nREN001: 1950 more are not shown; -o json prints all\n") || strings.Count(got.out, "error[REN001]") != 50 {
		t.Errorf("the end is %q", got.out[max(0, len(got.out)-500):])
	}
}

// TestNothingToCheck wants it said in every format.
func TestNothingToCheck(t *testing.T) {
	const service = "apiVersion: v1\nkind: Service\nmetadata: {name: x}\n"
	for format, says := range map[string]string{
		"table": "\nnothing was checked in 1 file: nothing in there has to do with the export",
		"json":  `"nothingChecked": true`, "sarif": "nothing was checked in 1 file", "github": "::warning title=linkerd-gcm lint::nothing was checked in 1 file",
	} {
		for _, test := range []struct {
			args []string
			code int
		}{{nil, 0}, {[]string{"--warnings-as-errors"}, 1}} {
			got := execute(service, append([]string{"lint", "-f", "-", "-o", format}, test.args...)...)
			if got.code != test.code || !strings.Contains("\n"+got.out, says) {
				t.Errorf("%s %v: exit code %d, want %d:\n%s", format, test.args, got.code, test.code, got.out)
			}
		}
	}
}
