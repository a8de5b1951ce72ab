package offline

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/linkerd-gcm/linkerd-gcm/internal/manifest"
	"github.com/linkerd-gcm/linkerd-gcm/internal/survey"
	"github.com/linkerd-gcm/linkerd-gcm/lint"
	"github.com/linkerd-gcm/linkerd-gcm/settings"
)

const (
	asking = "kind: Namespace\napiVersion: v1\nmetadata: {name: viz, annotations: {gcm.linkerd.io/inject: enabled, gcm.linkerd.io/project-id: my-project, " +
		"gcm.linkerd.io/location: l, gcm.linkerd.io/cluster-name: c, gcm.linkerd.io/recording-rules: \"\"}}\n"
	// badConfig is a ConfigMap with one error.
	badConfig = "kind: ConfigMap\napiVersion: v1\nmetadata: {name: linkerd-prometheus-sidecar-config}\ndata: {sidecar.yml: \"metric_renmes: []\"}\n"
	// byHand is a pod with a sidecar that reads that ConfigMap, with one error of its own.
	byHand = `
kind: Deployment
apiVersion: apps/v1
metadata: {name: prometheus}
spec:
  template:
    metadata: {labels: {linkerd.io/extension: viz, component: prometheus}}
    spec:
      containers:
      - {name: prometheus, args: [--storage.tsdb.path=/data], volumeMounts: [{name: data, mountPath: /data}]}
      - name: stackdriver-prometheus-sidecar
        image: example.com/sidecar:1
        args: [--config-file=/etc/sidecar.yml, --stackdriver.project-id=my-project, --prometheus.wal-directory=/data/wal, "--include={"]
        volumeMounts: [{name: data, mountPath: /data}, {name: config, mountPath: /etc/sidecar.yml, subPath: sidecar.yml}]
      volumes: [{name: data, emptyDir: {}}, {name: config, configMap: {name: linkerd-prometheus-sidecar-config}}]
`
	// zstd is a pod without a sidecar and with one error.
	zstd = `
kind: Pod
apiVersion: v1
metadata: {name: p, labels: {linkerd.io/extension: viz, component: prometheus}}
spec:
  containers: [{name: prometheus, args: [--storage.tsdb.path=/data, --storage.tsdb.wal-compression-type=zstd], volumeMounts: [{name: data, mountPath: /data}]}]
  volumes: [{name: data}]
`
)

// lintedTexts returns the errors that are found in texts, each with its place.
func lintedTexts(t *testing.T, overlay map[string]string, texts ...string) (found []string, result survey.Result) {
	t.Helper()
	input := Input{Annotations: overlay}
	for i, text := range texts {
		file, err := manifest.Split(fmt.Sprint(i), []byte(text))
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
		if f.Severity == "error" {
			found = append(found, fmt.Sprintf("%s %s %s:%d:%d", f.Rule, f.Object.Kind, f.File, f.Line, f.Column))
		}
	}
	return found, result
}

func TestWhatIsLintedTogether(t *testing.T) {
	const (
		config = "CFG002 ConfigMap 1:4:22"
		note   = "no annotation in the input names ConfigMap viz/linkerd-prometheus-sidecar-config"
	)
	for name, test := range map[string]struct {
		overlay map[string]string
		texts   []string
		want    []string
		// note is the beginning of a note, "" where there is none.
		note string
	}{
		"a namespace and its ConfigMap":              {nil, []string{asking, badConfig}, []string{config}, "no pod of Prometheus was found in namespace viz"},
		"a namespace and its pod":                    {nil, []string{asking, badConfig, zstd}, []string{config, "CFG009 Pod 2:6:105"}, ""},
		"a namespace without its ConfigMap":          {nil, []string{asking, zstd}, []string{"CFG009 Pod 1:6:105"}, "not checked, because they are not in the input: ConfigMap linkerd-prometheus-sidecar-config/sidecar.yml of namespace viz"},
		"Prometheus' configuration is broken":        {nil, []string{asking, badConfig, zstd, "kind: ConfigMap\napiVersion: v1\nmetadata: {name: prometheus-config, namespace: viz}\ndata: {prometheus.yml: '['}\n"}, []string{config, "CFG009 Pod 2:6:105"}, "Prometheus' own configuration, ConfigMap viz/prometheus-config, cannot be read"},
		"a namespace that does not ask":              {nil, []string{silent, badConfig, zstd}, []string{config}, "only the annotations of Pod p were checked"},
		"a namespace that does not ask, alone":       {nil, []string{silent}, nil, ""},
		"a namespace with a misspelt annotation":     {nil, []string{strings.Replace(silent, "other", "gcm.linkerd.io/injct", 1)}, []string{"SET001 Namespace 0:3:37"}, "no pod of Prometheus was found in namespace viz"},
		"a pod with its own sidecar":                 {nil, []string{silent, badConfig, byHand}, []string{config, "SEL001 Deployment 2:13:135"}, ""},
		"a pod with its own sidecar, annotated":      {nil, []string{asking, badConfig, byHand}, []string{config, "SEL001 Deployment 2:13:135"}, ""},
		"a pod that asks where the namespace is not": {nil, []string{silent, badConfig, strings.Replace(zstd, "metadata: {", "metadata: {annotations: {gcm.linkerd.io/inject: enabled, gcm.linkerd.io/project-id: x},", 1)}, []string{config, "CFG004 Pod 2:4:85", "CFG009 Pod 2:6:105"}, "not checked, because they are not in the input: ConfigMap linkerd-prometheus-recording-rules/recording_rules.yml of namespace viz"},
		"under other annotations":                    {map[string]string{settings.Inject: "enabled", settings.ProjectID: "my-project", settings.RecordingRules: ""}, []string{silent, badConfig, zstd}, []string{config, "CFG009 Pod 2:6:105"}, ""},
		"a ConfigMap under other annotations":        {map[string]string{settings.Inject: "enabled", settings.ProjectID: "?"}, []string{silent, badConfig}, []string{"CFG004 Flag :1:1", config}, "no pod of Prometheus was found in namespace viz"},
		"a ConfigMap that nothing names":             {nil, []string{silent, badConfig}, []string{config}, note},
		"a labelled ConfigMap that nothing names":    {nil, []string{asking, strings.Replace(badConfig, "name: linkerd-prometheus-sidecar-config", "name: x, labels: {linkerd.io/extension: gcm}", 1)}, []string{config}, "no annotation in the input names ConfigMap viz/x"},
		"a ConfigMap of no concern":                  {nil, []string{asking, strings.Replace(badConfig, "linkerd-prometheus-sidecar-config", "x", 1)}, nil, "no pod of Prometheus was found in namespace viz"},
		"the later of two ConfigMaps":                {nil, []string{asking, badConfig, strings.Replace(badConfig, "metric_renmes", "metric_renames", 1), zstd}, []string{"CFG009 Pod 3:6:105"}, ""},
		"the first of two ConfigMaps, written over":  {nil, []string{asking, strings.Replace(badConfig, "metric_renmes", "metric_renames", 1), badConfig, zstd}, []string{"CFG002 ConfigMap 2:4:22", "CFG009 Pod 3:6:105"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			found, result := lintedTexts(t, test.overlay, test.texts...)
			if diff := cmp.Diff(test.want, found); diff != "" {
				t.Errorf("errors (-want +got):\n%s", diff)
			}
			if notes := strings.Join(result.Notes, "\n"); !strings.Contains("\n"+notes, "\n"+test.note) || (test.note == "") != (notes == "") {
				t.Errorf("notes %q, want %q", notes, test.note)
			}
		})
	}
}

func TestHelmValues(t *testing.T) {
	const (
		sidecar = "{sidecarContainers: [{name: a, image: b}, {name: stackdriver-prometheus-sidecar, image: example.com/sidecar:1, " +
			"args: [--config-file=/s/sidecar.yml, --stackdriver.project-id=X, --prometheus.wal-directory=/data/wal, --include=a], " +
			"volumeMounts: [{name: data, mountPath: /data}, {name: c, mountPath: /s/sidecar.yml, subPath: sidecar.yml}]}], " +
			"ruleConfigMapMounts: [{name: c, subPath: sidecar.yml, configMap: linkerd-prometheus-sidecar-config}]}"
		mounts = "{ruleConfigMapMounts: [{name: a, subPath: a_rules.yml, configMap: a}, {name: b, subPath: b_rules.yml, configMap: b}]}"
	)
	for name, test := range map[string]struct {
		values string
		want   []string
	}{
		"of the chart":                {"prometheus: " + sidecar, []string{"CFG004 HelmValues 1:1:186", "CFG002 ConfigMap 2:4:22"}},
		"of a chart that has it":      {"viz:\n  prometheus: " + sidecar, []string{"CFG004 HelmValues 1:2:188", "CFG002 ConfigMap 2:4:22"}},
		"of Prometheus alone":         {sidecar, []string{"CFG004 HelmValues 1:1:174", "CFG002 ConfigMap 2:4:22"}},
		"that mount rules":            {"prometheus: " + mounts, []string{"SET004 HelmValues 1:1:83", "CFG002 ConfigMap 2:4:22"}},
		"that compress":               {"prometheus: {sidecarContainers: [], args: {storage.tsdb.wal-compression-type: zstd}}", []string{"CFG009 HelmValues 1:1:37", "CFG002 ConfigMap 2:4:22"}},
		"that have nothing to report": {"prometheus: {args: {}}", []string{"CFG002 ConfigMap 2:4:22"}},
	} {
		t.Run(name, func(t *testing.T) {
			namespace := strings.Replace(asking, `recording-rules: ""`, "recording-rules: b/b_rules.yml", 1)
			found, _ := lintedTexts(t, nil, namespace, test.values, badConfig)
			if diff := cmp.Diff(test.want, found); diff != "" {
				t.Errorf("errors (-want +got):\n%s", diff)
			}
		})
	}
}

// TestLintAndInjectAgree has the errors of a pod be what injecting it is refused for.
func TestLintAndInjectAgree(t *testing.T) {
	for name, texts := range map[string][]string{
		"a bad pod":             {asking, zstd},
		"a bad ConfigMap":       {asking, badConfig, zstd},
		"bad annotations":       {strings.Replace(asking, "my-project", "X", 1), badConfig, zstd},
		"a pod without its log": {asking, strings.Replace(zstd, "{name: data, mountPath: /data}", "", 1)},
		"a mount that is taken": {strings.Replace(asking, `recording-rules: ""`, "recording-rules: r/a_rules.yml", 1),
			strings.Replace(zstd, "mountPath: /data}", "mountPath: /data}, {name: x, mountPath: /etc/prometheus/a_rules.yml}", 1)},
	} {
		t.Run(name, func(t *testing.T) {
			_, result := lintedTexts(t, nil, texts...)
			var errors []string
			for _, f := range result.Findings {
				if f.Severity == lint.Error {
					errors = append(errors, f.String())
				}
			}
			input := Input{}
			for _, text := range texts {
				file, err := manifest.Split("x", []byte(text))
				if err != nil {
					t.Fatal(err)
				}
				input.Files = append(input.Files, file)
			}
			verdicts, err := input.Decide(t.Context(), settings.Defaults{SidecarImage: "example.com/stackdriver-prometheus-sidecar:1"}, "v1")
			if err != nil || len(verdicts) != 1 {
				t.Fatalf("%d verdicts, error %v", len(verdicts), err)
			}
			if diff := cmp.Diff(errors, verdicts[0].Problems); diff != "" || len(errors) == 0 {
				t.Errorf("problems (-lint +inject):\n%s", diff)
			}
		})
	}
}

// TestNotesOnMissingNames says which names Google would refuse where the annotation of the
// configuration is wrong.
func TestNotesOnMissingNames(t *testing.T) {
	const (
		namespace = "kind: Namespace\napiVersion: v1\nmetadata: {name: viz, annotations: {gcm.linkerd.io/inject: enabled, gcm.linkerd.io/sidecar: stackdriver, gcm.linkerd.io/project-id: my-project, gcm.linkerd.io/sidecar-config: ''}}\n"
		rules     = "kind: ConfigMap\napiVersion: v1\nmetadata: {name: linkerd-prometheus-recording-rules, namespace: viz}\ndata:\n  recording_rules.yml: |\n" +
			"    groups: [{name: a, rules: [{record: 'linkerd_job:a', expr: 'sum by (job, instance) (x)'}]}]\n"
	)
	_, result := lintedTexts(t, nil, namespace, rules)
	if notes := strings.Join(result.Notes, "\n"); !strings.Contains(notes, "sidecar-config names no configuration of the sidecar: REN001 ") || !strings.Contains(notes, "linkerd_job:a") {
		t.Errorf("notes %s", notes)
	}
}
