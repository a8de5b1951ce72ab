package offline

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/linkerd-gcm/linkerd-gcm/internal/manifest"
	"github.com/linkerd-gcm/linkerd-gcm/internal/survey"
	"github.com/linkerd-gcm/linkerd-gcm/settings"
)

// byHandValues are values with a sidecar, whose selector is wrong, from a number of spaces
// on.
func byHandValues(indent int) string {
	const text = `prometheus:
  sidecarContainers:
  - name: stackdriver-prometheus-sidecar
    image: registry.example.com/stackdriver-prometheus-sidecar:0.10.1
    args:
    - --stackdriver.project-id=my-project
    - --prometheus.wal-directory=/data/wal
    - --include={job!="x"}
    volumeMounts: [{name: data, mountPath: /data}]
`
	spaces := strings.Repeat(" ", indent)
	return spaces + strings.ReplaceAll(strings.TrimSpace(text), "\n", "\n"+spaces) + "\n"
}

// lintedFiles returns the findings about some rules in files, each with its place, and the
// notes.
func lintedFiles(t *testing.T, rules string, texts ...string) (found []string, notes string) {
	t.Helper()
	input := Input{}
	for i, text := range texts {
		name := fmt.Sprintf("%d.yaml", i)
		if first, rest, named := strings.Cut(text, ":::\n"); named {
			name, text = first, rest
		}
		file, err := manifest.Split(name, []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		input.Files = append(input.Files, file)
	}
	result, err := input.Lint(t.Context(), settings.Defaults{SidecarImage: "example.com/stackdriver-prometheus-sidecar:1"})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range survey.Sorted(input.Position(result.Findings)) {
		if strings.Contains(rules, f.Rule) {
			found = append(found, fmt.Sprintf("%s %s %s:%d:%d %s", f.Rule, strings.TrimSpace(f.Object.Kind+" "+f.Object.Name), f.File, f.Line, f.Column, f.Object.Key))
		}
	}
	return found, strings.Join(result.Notes, "\n")
}

func TestValuesInObjects(t *testing.T) {
	const (
		flux = "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: viz, namespace: flux}\nspec:\n  chart: {spec: {chart: linkerd-viz}}\n"
		argo = "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: viz, namespace: argocd}\nspec:\n"
		k3s  = "apiVersion: helm.cattle.io/v1\nkind: HelmChart\nmetadata: {name: linkerd-viz, namespace: kube-system}\nspec:\n"
		arg  = ".prometheus.sidecarContainers[0].args[2]"
	)
	quoted := fmt.Sprintf("%q", byHandValues(0))
	for name, test := range map[string]struct {
		text string
		want []string
		note string
	}{
		"of Flux":            {flux + "  values:\n" + byHandValues(4), []string{"SEL002 HelmRelease viz 0.yaml:14:21 spec.values" + arg}, ""},
		"of Flux, of a beta": {strings.Replace(flux, "v2", "v2beta1", 1) + "  values:\n" + byHandValues(4), []string{"SEL002 HelmRelease viz 0.yaml:14:21 spec.values" + arg}, ""},
		"of Flux 1":          {strings.Replace(flux, "helm.toolkit.fluxcd.io/v2", "helm.fluxcd.io/v1", 1) + "  values:\n" + byHandValues(4), []string{"SEL002 HelmRelease viz 0.yaml:14:21 spec.values" + arg}, ""},
		"of Flux, elsewhere": {flux + "  valuesFrom: [{kind: ConfigMap, name: x}]\n", nil, "not looked into: spec.valuesFrom of HelmRelease flux/viz"},
		"of Flux, in a list": {"apiVersion: v1\nkind: List\nitems:\n- " + strings.ReplaceAll(strings.TrimSpace(flux+"  values:\n"+byHandValues(4)), "\n", "\n  ") + "\n", []string{"SEL002 HelmRelease viz 0.yaml:17:23 spec.values" + arg}, ""},
		"of Argo CD, in a text": {argo + "  source:\n    chart: linkerd-viz\n    helm:\n      values: |\n" + byHandValues(8),
			[]string{"SEL002 Application viz 0.yaml:16:25 spec.source.helm.values" + arg}, ""},
		"of Argo CD, in quotes": {argo + "  source: {chart: linkerd-viz, helm: {values: " + quoted + "}}\n",
			[]string{fmt.Sprintf("SEL002 Application viz 0.yaml:5:%d spec.source.helm.values%s", 47+strings.Index(quoted, "{job"), arg)}, ""},
		"of Argo CD, as a map": {argo + "  source:\n    chart: linkerd-viz\n    helm:\n      valuesObject:\n" + byHandValues(8),
			[]string{"SEL002 Application viz 0.yaml:16:25 spec.source.helm.valuesObject" + arg}, ""},
		"of Argo CD, a map instead of a text": {argo + "  source:\n    chart: linkerd-viz\n    helm:\n      values: |\n" + byHandValues(8) + "      valuesObject: {prometheus: {sidecarContainers: []}}\n", nil, ""},
		"of Argo CD, of several sources": {argo + "  sources:\n  - {chart: other}\n  - path: charts/linkerd-viz/\n    helm:\n      valueFiles: [prod.yaml]\n      values: |\n" + byHandValues(8),
			[]string{"SEL002 Application viz 0.yaml:18:25 spec.sources[1].helm.values" + arg}, "not looked into: spec.sources[1].helm.valueFiles of Application argocd/viz"},
		"of Argo CD, with a parameter": {argo + "  source:\n    chart: linkerd-viz\n    helm:\n      parameters:\n      - {name: other, value: x}\n      - {name: prometheus.enabled, value: 'false'}\n      values: |\n" + byHandValues(8),
			[]string{"CFG010 Application viz 0.yaml:10:44 spec.source.helm.values.prometheus.enabled", "SEL002 Application viz 0.yaml:19:25 spec.source.helm.values" + arg}, ""},
		"of Argo CD, not YAML": {argo + "  source:\n    chart: linkerd-viz\n    helm:\n      values: |\n        prometheus:\n          a: b: c\n",
			[]string{"CFG003 Application viz 0.yaml:10:11 spec.source.helm.values"}, ""},
		"of Argo CD, with a comma": {argo + "  source:\n    chart: linkerd-viz\n    helm:\n      values: |\n" + byHandValues(8) + "          x:\n          - \"a\",\n",
			[]string{"SEL002 Application viz 0.yaml:16:25 spec.source.helm.values" + arg, "CFG003 Application viz 0.yaml:19:16 spec.source.helm.values"}, ""},
		"of k3s": {k3s + "  chart: linkerd/linkerd-viz\n  valuesContent: |-\n" + byHandValues(4), []string{"SEL002 HelmChart linkerd-viz 0.yaml:14:21 spec.valuesContent" + arg}, ""},
		"of a chart that has linkerd-viz": {strings.Replace(flux, "chart: linkerd-viz", "chart: platform", 1) + "  values:\n    viz:\n" + byHandValues(6),
			[]string{"SEL002 HelmRelease viz 0.yaml:15:23 spec.values.viz" + arg}, ""},
		"of another chart":      {strings.Replace(flux, "chart: linkerd-viz", "chart: prometheus", 1) + "  values: {prometheus: {enabled: false}}\n", nil, ""},
		"that no one makes yet": {strings.Replace(argo, "Application", "ApplicationSet", 1) + "  template: {}\n", nil, "was not looked into; check the Applications that it generates"},
		"without Prometheus":    {flux + "  values:\n    prometheus:\n      enabled: false\n      sidecarContainers: [{name: stackdriver-prometheus-sidecar}]\n", []string{"CFG010 HelmRelease viz 0.yaml:8:16 spec.values.prometheus.enabled"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			found, notes := lintedFiles(t, "SEL002 CFG003 CFG010", test.text)
			if diff := cmp.Diff(test.want, found); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
			if !strings.Contains(notes, test.note) {
				t.Errorf("notes %q, want %q", notes, test.note)
			}
		})
	}
}

func TestSeveralFilesOfValues(t *testing.T) {
	const arg = " prometheus.sidecarContainers[0].args[2]"
	sidecar := byHandValues(0)
	right := strings.Replace(sidecar, `{job!="x"}`, `{__name__=~"linkerd_job:.+"}`, 1)
	for name, test := range map[string]struct {
		texts []string
		want  []string
	}{
		"one":                                    {[]string{sidecar}, []string{"SEL002 HelmValues 0.yaml 0.yaml:8:17" + arg}},
		"a list replaced by another":             {[]string{sidecar, right}, nil},
		"a list that replaces another":           {[]string{right, sidecar}, []string{"SEL002 HelmValues 1.yaml 1.yaml:8:17" + arg}},
		"a list and other values":                {[]string{sidecar, "prometheus: {args: {storage.tsdb.wal-compression-type: zstd}}\n"}, []string{"SEL002 HelmValues 0.yaml 0.yaml:8:17" + arg, "CFG009 HelmValues 1.yaml 1.yaml:1:14 prometheus.args"}},
		"a list that is deleted":                 {[]string{sidecar, "prometheus: {sidecarContainers: null, args: {}}\n"}, nil},
		"a flag that is deleted":                 {[]string{"prometheus: {args: {storage.tsdb.wal-compression-type: zstd}, sidecarContainers: []}\n", "prometheus: {args: null}\n"}, nil},
		"Prometheus left out":                    {[]string{sidecar, "prometheus: {enabled: false}\n"}, []string{"SEL002 HelmValues 0.yaml 0.yaml:8:17" + arg, "CFG010 HelmValues 1.yaml 1.yaml:1:23 prometheus.enabled"}},
		"Prometheus left out by null":            {[]string{sidecar, "prometheus: {enabled: null}\n"}, []string{"SEL002 HelmValues 0.yaml 0.yaml:8:17" + arg, "CFG010 HelmValues 1.yaml 1.yaml:1:23 prometheus.enabled"}},
		"Prometheus not left out":                {[]string{sidecar, "prometheus: {enabled: false}\n", "prometheus: {enabled: true}\n"}, []string{"SEL002 HelmValues 0.yaml 0.yaml:8:17" + arg}},
		"those of another chart":                 {[]string{"sidecarContainers: [{name: log-shipper, image: x, ports: [{containerPort: 9091}]}]\n"}, nil},
		"a map of another chart":                 {[]string{"sidecarContainers: {log-shipper: {image: x}}\n"}, nil},
		"Prometheus of another chart":            {[]string{"prometheus: {prometheusSpec: {}, enabled: false, sidecarContainers: {}}\n"}, nil},
		"of no concern":                          {[]string{"prometheus: {enabled: false}\n"}, nil},
		"beside a namespace that asks":           {[]string{asking, "prometheus: {enabled: false}\nprometheusUrl: http://x\n"}, []string{"CFG010 HelmValues 1.yaml 1.yaml:1:23 prometheus.enabled"}},
		"a flag beside a namespace":              {[]string{asking, "prometheus: {args: {storage.tsdb.wal-compression-type: zstd}}\n"}, []string{"CFG009 HelmValues 1.yaml 1.yaml:1:14 prometheus.args"}},
		"a log that is not on a volume, by null": {[]string{asking, "prometheus: {args: {storage.tsdb.path: null}}\n"}, []string{"CFG008 HelmValues 1.yaml 1.yaml:1:1 prometheus"}},
	} {
		t.Run(name, func(t *testing.T) {
			found, notes := lintedFiles(t, "SEL002 CFG008 CFG009 CFG010", test.texts...)
			if diff := cmp.Diff(test.want, found); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
			if merged := strings.Contains(notes, "were merged in this order"); merged != (len(test.texts) > 1 && test.texts[0] != asking) {
				t.Errorf("notes %q", notes)
			}
		})
	}
}

// TestValuesOfAFolder has two files that may be alternatives.
func TestValuesOfAFolder(t *testing.T) {
	folder := t.TempDir()
	right := strings.Replace(byHandValues(0), `{job!="x"}`, `{__name__=~"linkerd_job:.+"}`, 1)
	for name, text := range map[string]string{"a.yaml": byHandValues(0), "b.yaml": right} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for name, test := range map[string]struct {
		names []string
		want  int
	}{
		"each by itself":   {[]string{folder}, 1},
		"one over another": {[]string{filepath.Join(folder, "a.yaml"), filepath.Join(folder, "b.yaml")}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			files, err := manifest.Read(test.names, nil)
			if err != nil {
				t.Fatal(err)
			}
			result, err := Input{Files: files}.Lint(t.Context(), settings.Defaults{})
			if err != nil {
				t.Fatal(err)
			}
			found := 0
			for _, f := range result.Findings {
				if f.Rule == "SEL002" {
					found++
				}
			}
			if found != test.want {
				t.Errorf("SEL002 is found %d times, want %d", found, test.want)
			}
		})
	}
}

func TestPrometheusConfigurationOfValues(t *testing.T) {
	const config = "kind: ConfigMap\napiVersion: v1\nmetadata: {name: rules}\ndata:\n  a_rules.yml: |\n    groups:\n    - name: a\n      rules:\n      - record: linkerd_job:x\n" +
		"        expr: sum by (job, instance) (rate(request_total[1m]))\n        labels: {job: JOB}\n"
	asks := strings.Replace(asking, `recording-rules: ""`, "recording-rules: rules/a_rules.yml, gcm.linkerd.io/sidecar: stackdriver", 1)
	for name, test := range map[string]struct {
		values, job string
		want        []string
	}{
		"the chart's own":           {"prometheus: {globalConfig: {}}\n", "linkerd-proxy", nil},
		"slow scrapes":              {"prometheus: {globalConfig: {scrape_interval: 1m}}\n", "linkerd-proxy", []string{"REC015 ConfigMap rules 1.yaml:10:44 a_rules.yml"}},
		"Prometheus' default":       {"prometheus: {globalConfig: {scrape_interval: null}}\n", "linkerd-proxy", []string{"REC015 ConfigMap rules 1.yaml:10:44 a_rules.yml"}},
		"quick evaluations":         {"prometheus: {globalConfig: {evaluation_interval: 1s}}\n", "linkerd-proxy", []string{"REC014 ConfigMap rules 1.yaml:7:13 a_rules.yml"}},
		"a job of the user's own":   {"prometheus: {scrapeConfigs: [{job_name: shop}]}\n", "shop", nil},
		"a job that is not there":   {"prometheus: {scrapeConfigs: [{job_name: other}]}\n", "shop", []string{"REC003 ConfigMap rules 1.yaml:9:17 a_rules.yml"}},
		"slow scrapes of one's own": {"prometheus: {scrapeConfigs: [{job_name: shop, scrape_interval: 1m}]}\n", "shop", []string{"REC015 ConfigMap rules 1.yaml:10:44 a_rules.yml"}},
	} {
		t.Run(name, func(t *testing.T) {
			found, _ := lintedFiles(t, "REC003 REC014 REC015", asks, strings.Replace(config, "JOB", test.job, 1), test.values)
			if diff := cmp.Diff(test.want, found); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
		})
	}
}

func TestPodAnnotationsOfValues(t *testing.T) {
	for name, test := range map[string]struct {
		values, want string
	}{
		"of Prometheus":        {"prometheus:\n  args: {}\n  podAnnotations:\n    gcm.linkerd.io/inject: enabled\n    gcm.linkerd.io/project-id: X\n", "CFG004 HelmValues 0.yaml 0.yaml:5:32 gcm.linkerd.io/project-id"},
		"of every pod":         {"podAnnotations: {gcm.linkerd.io/inject: enabled, gcm.linkerd.io/project-id: X}\nprometheus: {args: {}}\n", "CFG004 HelmValues 0.yaml 0.yaml:1:77 gcm.linkerd.io/project-id"},
		"of Prometheus before": {"podAnnotations: {gcm.linkerd.io/inject: enabled, gcm.linkerd.io/project-id: my-project}\nprometheus: {args: {}, podAnnotations: {gcm.linkerd.io/project-id: X}}\n", "CFG004 HelmValues 0.yaml 0.yaml:2:68 gcm.linkerd.io/project-id"},
	} {
		t.Run(name, func(t *testing.T) {
			found, _ := lintedFiles(t, "CFG004", test.values)
			if diff := cmp.Diff([]string{test.want}, found); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
		})
	}
}

// TestFlagsOfValues has what linkerd-viz' template makes of values.
func TestFlagsOfValues(t *testing.T) {
	for name, test := range map[string]struct {
		args map[string]any
		want []string
	}{
		"none":                         {nil, []string{"--config.file=/etc/prometheus/prometheus.yml", "--storage.tsdb.path=/data"}},
		"a path":                       {map[string]any{"storage.tsdb.path": "/x"}, []string{"--config.file=/etc/prometheus/prometheus.yml", "--storage.tsdb.path=/x"}},
		"no path":                      {map[string]any{"storage.tsdb.path": nil}, []string{"--config.file=/etc/prometheus/prometheus.yml"}},
		"a flag on its own":            {map[string]any{"web.enable-lifecycle": ""}, []string{"--config.file=/etc/prometheus/prometheus.yml", "--storage.tsdb.path=/data", "--web.enable-lifecycle"}},
		"null and false, of others":    {map[string]any{"a": nil, "b": false}, []string{"--a", "--b", "--config.file=/etc/prometheus/prometheus.yml", "--storage.tsdb.path=/data"}},
		"numbers and words like those": {map[string]any{"a": float64(3), "b": true}, []string{"--a=3", "--b=true", "--config.file=/etc/prometheus/prometheus.yml", "--storage.tsdb.path=/data"}},
	} {
		t.Run(name, func(t *testing.T) {
			got := values{prometheus: map[string]any{"args": test.args}}.args()
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("flags (-want +got):\n%s", diff)
			}
		})
	}
}

func TestWhatIsNotLookedAt(t *testing.T) {
	pod := "{metadata: {labels: {linkerd.io/extension: viz, component: prometheus}}, spec: {containers: [{name: prometheus}]}}"
	for name, test := range map[string]struct{ text, want string }{
		"a PrometheusRule":             {"apiVersion: monitoring.coreos.com/v1\nkind: PrometheusRule\nmetadata: {name: r, namespace: ns}\n", "0.yaml:1: PrometheusRule ns/r was not checked: linkerd-viz' Prometheus does not load a PrometheusRule"},
		"a kustomization":              {"apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n", "kustomize build . | linkerd-gcm lint -f -"},
		"a kustomization without kind": {"a/kustomization.yaml:::\nresources: [x.yaml]\n", "kustomize build a | linkerd-gcm lint -f -"},
		"a Kustomization of Flux":      {"apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: x}\n", ""},
		"a chart":                      {"a/Chart.yaml:::\napiVersion: v2\nname: x\n", "the templates of the chart in a were not looked at"},
		"a configuration":              {"aggregated_counters: []\n", "looks like a configuration of the sidecar"},
		"a pod where none is known":    {"apiVersion: example.com/v1\nkind: Thing\nmetadata: {name: x, namespace: ns}\nspec: {pods: [" + pod + "]}\n", "Thing ns/x has a pod of linkerd-viz' Prometheus at spec.pods[0]"},
		"a workload of another group":  {"apiVersion: argoproj.io/v1alpha1\nkind: Rollout\nmetadata: {name: x, namespace: ns}\nspec: {template: " + pod + "}\n", ""},
		"something else":               {"apiVersion: v1\nkind: Service\nmetadata: {name: x}\n", ""},
	} {
		t.Run(name, func(t *testing.T) {
			_, notes := lintedFiles(t, "", test.text)
			if !strings.Contains(notes, test.want) || test.want == "" && notes != "" && !strings.HasPrefix(notes, "only the annotations") {
				t.Errorf("notes %q, want %q", notes, test.want)
			}
		})
	}
}

func TestChartsOfReleases(t *testing.T) {
	for name, test := range map[string]struct{ text, want string }{
		"of a repository":             {"kind: HelmRelease\nspec: {chart: {spec: {chart: linkerd-viz}}}", chartName},
		"of Git":                      {"kind: HelmRelease\nspec: {chart: {spec: {chart: ./viz/charts/linkerd-viz/}}}", chartName},
		"of another object":           {"kind: HelmRelease\nspec: {chartRef: {kind: OCIRepository, name: linkerd-viz}}", chartName},
		"of one with another name":    {"kind: HelmRelease\nmetadata: {name: linkerd-viz}\nspec: {chartRef: {kind: OCIRepository, name: oci}}", chartName},
		"as the release is called":    {"kind: HelmRelease\nmetadata: {name: viz}\nspec: {releaseName: linkerd-viz, chartRef: {kind: OCIRepository, name: oci}}", chartName},
		"another one":                 {"kind: HelmRelease\nmetadata: {name: linkerd-viz}\nspec: {chart: {spec: {chart: prometheus}}}", "prometheus"},
		"another one, of a reference": {"kind: HelmRelease\nmetadata: {name: viz}\nspec: {chartRef: {kind: OCIRepository, name: oci}}", "oci"},
	} {
		_, object, err := readText(test.text)
		if err != nil {
			t.Fatal(err)
		}
		if got := fluxRelease(object)[0].chart; got != test.want {
			t.Errorf("%s: got %q, want %q", name, got, test.want)
		}
	}
}

func TestValuesThatTheChartsDoNotTake(t *testing.T) {
	for values, want := range map[string]string{
		"prometheus: {sidecarContainers: {}}\n": `values.yaml: prometheus.sidecarContainers is not a list, which linkerd-viz requires; begin each entry with "- "`,
		"prometheus: {args: []}\n":              "values.yaml: prometheus.args is not a map, which linkerd-viz requires; write each flag as key: value, without dashes",
		"prometheus: {globalConfig: []}\n":      "values.yaml: prometheus.globalConfig is not a map, which linkerd-viz requires; write each field as key: value",
		"prometheus: {scrapeConfigs: {}}\n":     `values.yaml: prometheus.scrapeConfigs is not a list, which linkerd-viz requires; begin each entry with "- "`,
	} {
		t.Run(values, func(t *testing.T) {
			file, err := manifest.Split("values.yaml", []byte(values))
			if err != nil {
				t.Fatal(err)
			}
			_, err = Input{Files: []manifest.File{file}}.Lint(t.Context(), settings.Defaults{})
			if got := fmt.Sprint(err); got != want {
				t.Errorf("got  %s\nwant %s", got, want)
			}
		})
	}
}
