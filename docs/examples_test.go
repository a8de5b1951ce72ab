package docs_test

import (
	"cmp"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/strategicpatch"
	"sigs.k8s.io/yaml"

	"github.com/linkerd-gcm/linkerd-gcm/docs"
	"github.com/linkerd-gcm/linkerd-gcm/lint"
	"github.com/linkerd-gcm/linkerd-gcm/settings"
	"github.com/linkerd-gcm/linkerd-gcm/stackdriver"
	"github.com/linkerd-gcm/linkerd-gcm/viz"
)

// fence matches a fenced block of an example: its kind, the part of the baseline
// that it replaces, and its text.
var fence = regexp.MustCompile("(?ms)^```yaml (baseline|good|bad) (\\S+)\n(.*?)^```$")

// example is the parts of one example, by name.
type example map[string]string

// examples returns the examples of one kind in a text: blocks of that kind with
// nothing between them are one.
func examples(text, kind string) []example {
	var all []example
	end := -1
	for _, at := range fence.FindAllStringSubmatchIndex(text, -1) {
		if text[at[2]:at[3]] != kind {
			continue
		}
		if end < 0 || strings.TrimSpace(text[end:at[0]]) != "" {
			all = append(all, example{})
		}
		all[len(all)-1][text[at[4]:at[5]]] = text[at[6]:at[7]]
		end = at[1]
	}
	return all
}

func baseline(t *testing.T) example {
	t.Helper()
	all := examples(docs.Lint, "baseline")
	if len(all) != 1 {
		t.Fatalf("want one baseline, got %d", len(all))
	}
	return all[0]
}

// exporters returns an example with gcm-exporter in place of Google's sidecar.
func (e example) exporters() example {
	all := example{}
	for part, text := range e {
		all[part] = strings.ReplaceAll(text, stackdriver.Name, string(settings.GCMExporter))
	}
	return all
}

// ofRule returns an example of a rule as it is: with gcm-exporter where the rule is about that
// sidecar only.
func (e example) ofRule(rule lint.Rule) example {
	if rule.Concern == lint.ExporterOnly {
		return e.exporters()
	}
	return e
}

// findings lints the baseline with an example's parts in place of its own.
func findings(t *testing.T, base, change example) []lint.Finding {
	t.Helper()
	annotations := map[string]string{}
	for _, text := range []string{base["annotations"], change["annotations"]} {
		var some map[string]*string
		if err := yaml.Unmarshal([]byte(text), &some); err != nil {
			t.Fatalf("annotations: %v in\n%s", err, text)
		}
		for key, value := range some {
			if delete(annotations, key); value != nil {
				annotations[key] = *value
			}
		}
	}
	namespace := lint.Annotated{Object: lint.Object{Kind: "Namespace", Name: "linkerd-viz"}, Annotations: annotations}
	defaults := settings.Defaults{AllowedImages: allowedImages(t, change["allowed-sidecar-images"])}
	if strings.Contains(base["annotations"], string(settings.GCMExporter)) {
		defaults.SidecarImage = "registry.example.com/" + settings.ImageName + ":v1.0.0" // as the chart says
	}
	in := lint.FromAnnotations(namespace, lint.Annotated{}, defaults)
	configMaps := map[string]*corev1.ConfigMap{
		settings.DefaultRulesConfigMap:   {Data: map[string]string{}},
		settings.DefaultSidecarConfigMap: {Data: map[string]string{}},
	}
	for part, text := range merged(base, change) {
		switch {
		case part == "annotations" || part == "pod" || part == "allowed-sidecar-images":
		case viz.IsRuleFile(part):
			configMaps[settings.DefaultRulesConfigMap].Data[part] = text
		case part == "sidecar.yml":
			configMaps[settings.DefaultSidecarConfigMap].Data[part] = text
		default:
			t.Fatalf("the baseline has no part %q", part)
		}
	}
	for name, configMap := range configMaps {
		in.AddConfigMap("linkerd-viz", name, configMap)
	}
	in.SetPod(lint.Pod{Object: lint.Object{Kind: "Pod", Namespace: "linkerd-viz", Name: "prometheus"}, Path: "spec", Spec: podOf(t, base, change)})
	return lint.Check(in).Findings
}

func allowedImages(t *testing.T, text string) settings.AllowedImages {
	t.Helper()
	var entries []string
	if err := yaml.Unmarshal([]byte(text), &entries); err != nil {
		t.Fatalf("allowed-sidecar-images: %v in\n%s", err, text)
	}
	list, err := settings.ParseAllowedImages(entries)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func merged(base, change example) example {
	all := maps.Clone(base)
	maps.Copy(all, change)
	return all
}

func podOf(t *testing.T, base, change example) *corev1.PodSpec {
	t.Helper()
	text, err := yaml.YAMLToJSON([]byte(base["pod"]))
	if err != nil {
		t.Fatal(err)
	}
	if change["pod"] != "" {
		patch, err := yaml.YAMLToJSON([]byte(change["pod"]))
		if err != nil {
			t.Fatalf("pod: %v in\n%s", err, change["pod"])
		}
		if text, err = strategicpatch.StrategicMergePatch(text, patch, corev1.PodSpec{}); err != nil {
			t.Fatal(err)
		}
	}
	spec := &corev1.PodSpec{}
	if err := yaml.UnmarshalStrict(text, spec); err != nil {
		t.Fatal(err)
	}
	return spec
}

func TestTheBaselineIsClean(t *testing.T) {
	if got := described(findings(t, baseline(t), nil)); len(got) > 0 {
		t.Errorf("findings:\n%s", strings.Join(got, "\n"))
	}
}

func TestEveryBadExampleYieldsItsRuleAndEveryGoodOneNothing(t *testing.T) {
	base := baseline(t)
	for _, rule := range lint.Rules {
		text, found := docs.Rule(rule.ID)
		if !found || rule.Undecidable != "" {
			continue
		}
		t.Run(rule.ID, func(t *testing.T) {
			base := base.ofRule(rule)
			bad, good := examples(text, "bad"), examples(text, "good")
			if len(bad) == 0 || len(good) == 0 {
				t.Errorf("want examples of both kinds, got %d bad and %d good", len(bad), len(good))
			}
			for _, change := range bad {
				all := findings(t, base, change.ofRule(rule))
				if got := slices.Compact(ids(all)); !slices.Equal(got, []string{rule.ID}) {
					t.Errorf("a bad example yields %v:\n%s\nin\n%s", got, strings.Join(described(all), "\n"), change)
				}
			}
			for _, change := range good {
				if all := findings(t, base, change.ofRule(rule)); len(all) > 0 {
					t.Errorf("a good example is not clean:\n%s\nin\n%s", strings.Join(described(all), "\n"), change)
				}
			}
		})
	}
}

// fineWithExporter are bad examples, by their number, that gcm-exporter makes good although it
// can break the rule otherwise.
var fineWithExporter = map[string][]int{
	"AGG006": {0}, // a name that Google's sidecar has taken
	"POD007": {1}, // an old version of Google's sidecar
}

// TestWhatBreaksARuleWithTheOtherSidecar runs every example with gcm-exporter in place of
// Google's sidecar: what it makes impossible is not found, and does not block.
func TestWhatBreaksARuleWithTheOtherSidecar(t *testing.T) {
	base := baseline(t).exporters()
	for _, rule := range lint.Rules {
		text, found := docs.Rule(rule.ID)
		if !found || rule.Undecidable != "" || rule.Concern == lint.ExporterOnly {
			continue
		}
		t.Run(rule.ID, func(t *testing.T) {
			for i, change := range examples(text, "bad") {
				all := findings(t, base, change.exporters())
				want := rule.Concern == lint.Both && !slices.Contains(fineWithExporter[rule.ID], i)
				if got := slices.Contains(ids(all), rule.ID); got != want {
					t.Errorf("a bad example: found %v, want %v:\n%s\nin\n%s", got, want, strings.Join(described(all), "\n"), change)
				}
				if isError := func(f lint.Finding) bool { return f.Severity == lint.Error }; !want && rule.Concern != lint.GoogleOnly && slices.ContainsFunc(all, isError) {
					t.Errorf("what Google's sidecar alone loses is an error:\n%s\nin\n%s", strings.Join(described(all), "\n"), change)
				}
				for _, f := range all {
					checkWords(t, f)
				}
			}
			for _, change := range examples(text, "good") {
				if all := findings(t, base, change.exporters()); len(all) > 0 {
					t.Errorf("a good example is not clean:\n%s\nin\n%s", strings.Join(described(all), "\n"), change)
				}
			}
		})
	}
}

// checkWords finds what is said of Google's sidecar to somebody who runs gcm-exporter.
func checkWords(t *testing.T, f lint.Finding) {
	t.Helper()
	for _, text := range []string{f.Message, f.Fix, f.Why()} {
		if strings.Contains(text, stackdriver.Name) || strings.Contains(text, "2019") || strings.Contains(text, "kingpin 2.2") {
			t.Errorf("%s says of Google's sidecar: %s", f.Rule, text)
		}
	}
}

func TestEveryRuleHasItsParagraph(t *testing.T) {
	type heading struct{ ID, Title, Severity string }
	var want, got []heading
	for _, rule := range lint.Rules {
		severity := string(rule.Severity)
		if rule.Undecidable != "" {
			severity += ", not checked"
		}
		want = append(want, heading{rule.ID, rule.Title, severity})
	}
	for _, match := range regexp.MustCompile(`(?m)^### ([A-Z]+[0-9]+): (.*)\n\n\*\*(.*)\*\*`).FindAllStringSubmatch(docs.Lint, -1) {
		got = append(got, heading{match[1], match[2], strings.ToLower(match[3])})
	}
	byID := func(a, b heading) int { return cmp.Compare(a.ID, b.ID) }
	slices.SortFunc(want, byID)
	slices.SortFunc(got, byID)
	if diff := gocmp.Diff(want, got); diff != "" {
		t.Errorf("headings and severities (-table +docs):\n%s", diff)
	}
	for _, rule := range lint.Rules {
		text, found := docs.Rule(rule.ID)
		if rule.Undecidable != "" && found && len(examples(text, "bad"))+len(examples(text, "good")) > 0 {
			t.Errorf("%s is not checked, but has examples", rule.ID)
		}
	}
}

func ids(all []lint.Finding) []string {
	var ids []string
	for _, f := range all {
		ids = append(ids, f.Rule)
	}
	slices.Sort(ids)
	return ids
}

func described(all []lint.Finding) []string {
	var lines []string
	for _, f := range all {
		lines = append(lines, fmt.Sprintf("%s %s %s:%d:%d+%d %s [%s]", f.Rule, f.Severity, f.Object.Key, f.Line, f.Column, f.Length, f.Message, f.Fix))
	}
	return lines
}
