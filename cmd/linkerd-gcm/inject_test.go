package main

import (
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/util/yaml"

	"github.com/linkerd-gcm/linkerd-gcm/internal/golden"
)

const (
	enable = "--annotation=inject=enabled"
	toMine = "--annotation=project-id=my-project"
	place  = "--annotation=location=us-central1"
	name   = "--annotation=cluster-name=my-cluster"
	image  = "--sidecar-image=example.com/sidecar:1"
)

// complete asks for the sidecar and leaves nothing to be desired.
var complete = []string{enable, toMine, place, name, image}

func TestInjectOutputs(t *testing.T) {
	for name, args := range map[string]string{
		"yaml":                      "-f viz.yaml",
		"yaml-of-several-files":     "-f configmaps.yaml -f viz.yaml -f pod.json",
		"yaml-of-a-folder":          "-f folder",
		"json":                      "-f viz.yaml -f pod.json -o json",
		"json-in-yaml":              "-f pod.json --annotation gcm.linkerd.io/inject=enabled " + strings.Join(complete[1:], " "),
		"diff":                      "-f viz.yaml -f configmaps.yaml -f folder -o diff",
		"patch":                     "-f viz.yaml -o patch",
		"patch-of-a-pod":            "-f pod.json -o patch " + strings.Join(complete, " "),
		"patch-of-nothing":          "-f configmaps.yaml -o patch",
		"kinds":                     "-f kinds.yaml " + strings.Join(complete, " "),
		"anchors":                   "-f anchors.yaml " + strings.Join(complete, " "),
		"another-namespace":         "-f pod.json -f viz.yaml -n other",
		"warnings":                  "-f incomplete.yaml",
		"nothing-asks":              "-f pod.json -f configmaps.yaml",
		"the-namespace-is-silent":   "-f viz.yaml --annotation inject=disabled",
		"start-without-the-sidecar": "-f viz.yaml --annotation on-invalid=admit --annotation project-id=My_Project",
	} {
		t.Run(name, func(t *testing.T) {
			t.Chdir("testdata/inject")
			got := execute("", append([]string{"inject"}, strings.Fields(args)...)...)
			t.Chdir("../..")
			if got.code != 0 {
				t.Errorf("exit code %d", got.code)
			}
			golden.Compare(t, filepath.Join("inject", "golden", name+".out"), got.out)
			golden.Compare(t, filepath.Join("inject", "golden", name+".err"), got.errOut)
		})
	}
}

// TestInjectPrintsWhatKubectlReads decodes what is printed with kubectl's decoder.
func TestInjectPrintsWhatKubectlReads(t *testing.T) {
	for name, files := range map[string][]string{
		"YAML":                {"viz.yaml"},
		"JSON":                {"pod.json"},
		"JSON twice":          {"pod.json", "pod.json", "pod.json"},
		"JSON and YAML":       {"pod.json", "pod.json", "kinds.yaml", "viz.yaml", "folder"},
		"YAML, JSON and YAML": {"kinds.yaml", "pod.json", "configmaps.yaml"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Chdir("testdata/inject")
			arguments := append([]string{"inject"}, complete...)
			for _, file := range files {
				arguments = append(arguments, "-f", file)
			}
			inYAML := decodeAll(t, execute("", arguments...).out)
			inJSON := decodeAll(t, execute("", append(arguments, "-o", "json")...).out)
			if diff := cmp.Diff(inJSON, inYAML); diff != "" || len(inYAML) == 0 {
				t.Errorf("%d objects (-JSON +YAML):\n%s", len(inYAML), diff)
			}
		})
	}
}

func decodeAll(t *testing.T, stream string) []any {
	t.Helper()
	var all []any
	decoder := yaml.NewYAMLOrJSONDecoder(strings.NewReader(stream), 4096)
	for {
		var value any
		err := decoder.Decode(&value)
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatalf("after %d objects: %v", len(all), err)
		}
		if value != nil {
			all = append(all, value)
		}
	}
}

// TestInjectDiffApplies lets git apply the diff and wants what -o yaml prints.
func TestInjectDiffApplies(t *testing.T) {
	input, err := os.ReadFile("testdata/inject/folder/c.yaml")
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	const file = "a folder/c.yaml"
	if err := os.Mkdir(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, input, 0o600); err != nil {
		t.Fatal(err)
	}
	arguments := append([]string{"inject", "-f", "./a folder"}, complete...)
	want := execute("", arguments...)
	diff := execute("", append(arguments, "-o", "diff")...)
	if header := "--- a/a folder/c.yaml\t\n+++ b/a folder/c.yaml\t\n"; !strings.HasPrefix(diff.out, header) {
		t.Errorf("for patch, the name would end at the space: %q", diff.out[:80])
	}
	git := exec.CommandContext(t.Context(), "git", "apply", "-")
	git.Stdin = strings.NewReader(diff.out)
	if said, err := git.CombinedOutput(); err != nil {
		t.Fatalf("git apply: %v\n%s\n%s", err, said, diff.out)
	}
	got, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want.out, string(got)); diff != "" || want.out == string(input) {
		t.Errorf("file (-printed +patched):\n%s", diff)
	}
}

const prometheusPod = `apiVersion: v1
kind: Pod
metadata:
  name: prometheus
  labels:
    linkerd.io/extension: viz
    component: prometheus
spec:
  containers:
  - name: prometheus
    args: [--storage.tsdb.path=/data]
    volumeMounts:
    - {name: data, mountPath: /data}
  volumes:
  - name: data
`

func TestInjectRefusals(t *testing.T) {
	directory := t.TempDir()
	for name, test := range map[string]struct {
		stdin string
		args  []string
		want  outcome
	}{
		"no file": {"", nil, outcome{2, "",
			"linkerd-gcm: nothing to read: name a file or folder with -f, or -f - for stdin\n"}},
		"a file without -f": {"", []string{"viz.yaml"}, outcome{2, "",
			`linkerd-gcm: "viz.yaml" is not a flag; name files, folders or stdin with -f, as in -f viz.yaml` + "\n"}},
		"a file that is not there": {"", []string{"-f", "viz.yml"}, outcome{2, "",
			`linkerd-gcm: reading -f "viz.yml": stat viz.yml: no such file or directory` + "\n"}},
		"an empty folder": {"", []string{"-f", directory}, outcome{2, "",
			`linkerd-gcm: folder "` + directory + `" has no file that ends in .json, .yaml or .yml; name files, or another folder` + "\n"}},
		"stdin twice": {"", []string{"-f", "-", "-f", "-"}, outcome{2, "",
			"linkerd-gcm: reading -f \"-\": stdin can be read only once\n"}},
		"an unknown format": {"", []string{"-f", "-", "-o", "yml"}, outcome{2, "",
			`linkerd-gcm: --output is "yml"; did you mean "yaml"? The formats are yaml, json, diff, patch` + "\n"}},
		"an annotation without a value": {"", []string{"-f", "-", "--annotation", "inject"}, outcome{2, "",
			`linkerd-gcm: --annotation is "inject": want key=value, such as project-id=my-project` + "\n"}},
		"an annotation of another prefix": {"", []string{"-f", "-", "--annotation", "linkerd.io/inject=enabled"}, outcome{2, "",
			`linkerd-gcm: --annotation is "linkerd.io/inject=enabled": want a key under gcm.linkerd.io/` + "\n"}},
		"a misspelt annotation that keeps all from being injected": {prometheusPod, []string{"-f", "-", "--annotation", "injct=enabled"}, outcome{1, "",
			`linkerd-gcm: --annotation: annotation gcm.linkerd.io/injct of the namespace is "enabled": there is no such annotation; the nearest is gcm.linkerd.io/inject` + "\n"}},
		"invalid YAML, with its line": {"a: 1\n---\nb: 2\nc: [\n---\nd: 3\n", []string{"-f", "-"}, outcome{2, "",
			"linkerd-gcm: stdin:4:1: invalid YAML: did not find expected node content\n"}},
		"what is not text": {"\xff\xfea\x00", []string{"-f", "-"}, outcome{2, "",
			"linkerd-gcm: stdin is not UTF-8 text; save it as UTF-8\n"}},
		"an invalid pod": {strings.ReplaceAll(prometheusPod, "- name: data", "  name: data"), []string{"-f", "-"}, outcome{2, "",
			"linkerd-gcm: stdin:1: Pod default/prometheus: reading its pod: json: cannot unmarshal object into Go struct field PodSpec.spec.volumes of type []v1.Volume\n"}},
		"a namespace whose annotations are not text": {
			"kind: Namespace\napiVersion: v1\nmetadata:\n  name: viz\n  annotations: {gcm.linkerd.io/inject: yes}\n---\n" + prometheusPod, []string{"-f", "-"}, outcome{2, "",
				"linkerd-gcm: reading namespace viz: stdin:1: Namespace viz: json: cannot unmarshal bool into Go struct field ObjectMeta.metadata.annotations of type string\n"}},
		"every problem of every pod": {
			prometheusPod + "---\n" + prometheusPod, []string{"-f", "-", enable, place, name, "--annotation=sidecar-log-level=loud"}, outcome{1, "",
				`linkerd-gcm: stdin:1: Pod default/prometheus: CFG004: annotation gcm.linkerd.io/project-id is missing: set it to the Google Cloud project that is to receive the metrics
linkerd-gcm: stdin:1: Pod default/prometheus: SET002: annotation gcm.linkerd.io/sidecar-log-level of the namespace is "loud": want debug, info, warn or error
linkerd-gcm: stdin:17: Pod default/prometheus: CFG004: annotation gcm.linkerd.io/project-id is missing: set it to the Google Cloud project that is to receive the metrics
linkerd-gcm: stdin:17: Pod default/prometheus: SET002: annotation gcm.linkerd.io/sidecar-log-level of the namespace is "loud": want debug, info, warn or error
`}},
		"a ConfigMap without the key that is wanted": {
			prometheusPod + "---\nkind: ConfigMap\napiVersion: v1\nmetadata: {name: linkerd-prometheus-sidecar-config}\ndata: {sidecar.yaml: x}\n",
			append([]string{"-f", "-"}, complete...), outcome{1, "",
				`linkerd-gcm: stdin:1: Pod default/prometheus: CFG001: ConfigMap default/linkerd-prometheus-sidecar-config has no key "sidecar.yml", only [sidecar.yaml]; add the key or name another in the annotations` + "\n"}},
		"a pod that cannot carry the sidecar": {
			strings.ReplaceAll(prometheusPod, "mountPath: /data", "mountPath: /other"), append([]string{"-f", "-"}, complete...), outcome{1, "",
				`linkerd-gcm: stdin:1: Pod default/prometheus: CFG008: Pod default/prometheus, spec.containers[0].args[0], line 1: the write-ahead log /data/wal of container "prometheus" is not on a volume, so that no other container can read it; set --storage.tsdb.path to a path on one of the container's volumes (in linkerd-viz' values: prometheus.args)` + "\n"}},
		"an image that is not on the list": {
			prometheusPod, append([]string{"-f", "-", "--allowed-sidecar-images", "example.com/team/,example.com/other:1"}, complete...), outcome{1, "",
				`linkerd-gcm: stdin:1: Pod default/prometheus: POD012: the injector's default for gcm.linkerd.io/sidecar-image is "example.com/sidecar:1": the injector allows only these images (--allowed-sidecar-images): example.com/team/, example.com/other:1; name one of them in the annotation, or have the injector's --sidecar-image changed` + "\n"}},
		"a list of images that is not valid": {prometheusPod, []string{"-f", "-", "--allowed-sidecar-images=sidecar"}, outcome{2, "",
			`linkerd-gcm: --allowed-sidecar-images: "sidecar" is not an image such as registry.example.com/team/sidecar:0.10.1, and not the beginning of one such as registry.example.com/team/: it does not begin with a registry` + "\n"}},
		"one patch for two pods": {
			prometheusPod + "---\n" + prometheusPod, append([]string{"-f", "-", "-o", "patch"}, complete...), outcome{2, "",
				"linkerd-gcm: --output patch prints the patch of one object, but 2 are to be injected; give one of them alone: stdin:1: Pod default/prometheus, stdin:17: Pod default/prometheus\n"}},
	} {
		t.Run(name, func(t *testing.T) {
			got := execute(test.stdin, append([]string{"inject"}, test.args...)...)
			if diff := cmp.Diff(test.want, got, cmp.AllowUnexported(outcome{})); diff != "" {
				t.Errorf("outcome (-want +got):\n%s", diff)
			}
		})
	}
}

func TestInjectRefusesTooMuchInput(t *testing.T) {
	file := filepath.Join(t.TempDir(), "big.yaml")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(file, 64<<20+1); err != nil {
		t.Fatal(err)
	}
	want := outcome{2, "", "linkerd-gcm: the input is larger than 64 MiB, which is reached in " + file + "; give fewer files at once\n"}
	if diff := cmp.Diff(want, execute("", "inject", "-f", file), cmp.AllowUnexported(outcome{})); diff != "" {
		t.Errorf("outcome (-want +got):\n%s", diff)
	}
}

// The command injects what an injector of its own version would, unless nobody could pull it.
func TestInjectUsesTheImageOfItsOwnVersion(t *testing.T) {
	for name, test := range map[string]struct{ version, out, err string }{
		"the chart's, without a version": {unreleased, "image: ghcr.io/linkerd-gcm/linkerd-gcm:v0.1.0\n", ""},
		"a release":                      {"v1.2.3", "image: ghcr.io/linkerd-gcm/linkerd-gcm:v1.2.3\n", ""},
		"a development build":            {"0123abc-dirty", "", "SET003: annotation gcm.linkerd.io/sidecar-image is missing"},
	} {
		t.Run(name, func(t *testing.T) {
			version = test.version
			t.Cleanup(func() { version = unreleased })
			got := execute(prometheusPod, append([]string{"inject", "-f", "-"}, complete[:4]...)...)
			if !strings.Contains(got.out, test.out) || !strings.Contains(got.errOut, test.err) || (got.code == 0) != (test.err == "") {
				t.Errorf("got %d: %s%s", got.code, got.out, got.errOut)
			}
		})
	}
}
