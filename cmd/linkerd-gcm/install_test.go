package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/linkerd-gcm/linkerd-gcm/internal/manifest"
	"github.com/linkerd-gcm/linkerd-gcm/manifests"
	"github.com/linkerd-gcm/linkerd-gcm/settings"
)

const digest = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

func TestInstallPrintsTheChart(t *testing.T) {
	t.Chdir(t.TempDir())
	for name, text := range map[string]string{
		"a.yaml": "replicas: 3\nresources: {requests: {cpu: 1}}\n",
		"b.yaml": "replicas: 4\nlogLevel: debug\n",
		"ca.pem": "-----BEGIN CERTIFICATE-----\n",
	} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for name, test := range map[string]struct {
		args  []string
		stdin string
		want  manifests.Options
	}{
		"as it is": {},
		"with values that override each other": {
			args: []string{"-f", "a.yaml", "--values", "b.yaml", "--set", "replicas=5,logFormat=plain", "--set-string", "image.tag=1"},
			want: manifests.Options{Values: map[string]any{"replicas": 5, "logLevel": "debug", "logFormat": "plain",
				"resources": map[string]any{"requests": map[string]any{"cpu": 1}}, "image": map[string]any{"tag": "1"}}},
		},
		"with values of stdin": {
			args: []string{"-f", "-"}, stdin: "replicas: 3\n",
			want: manifests.Options{Values: map[string]any{"replicas": 3}},
		},
		"with the text of a file": {
			args: []string{"--set", "certificates=provided,providedCertificate.secretName=s", "--set-file", "providedCertificate.caBundle=ca.pem"},
			want: manifests.Options{Values: map[string]any{"certificates": "provided", "providedCertificate": map[string]any{
				"secretName": "s", "caBundle": "-----BEGIN CERTIFICATE-----\n"}}},
		},
		"with another image": {
			args: []string{"--image", "localhost:5000/injector:v7"},
			want: manifests.Options{Values: map[string]any{"image": map[string]any{"repository": "localhost:5000/injector", "tag": "v7"}}},
		},
		"with another image of the same version": {
			args: []string{"--image", "localhost:5000/injector"},
			want: manifests.Options{Values: map[string]any{"image": map[string]any{"repository": "localhost:5000/injector"}}},
		},
		"with an image by its digest": {
			args: []string{"--image", "localhost:5000/injector@" + digest},
			want: manifests.Options{Values: map[string]any{"image": map[string]any{"repository": "localhost:5000/injector", "digest": digest}}},
		},
		"with an image by its tag and digest": {
			args: []string{"--image", "localhost:5000/injector:v7@" + digest},
			want: manifests.Options{Values: map[string]any{"image": map[string]any{"repository": "localhost:5000/injector", "tag": "v7", "digest": digest}}},
		},
		"for an injector outside the cluster": {
			args: []string{"--webhook-url", "https://192.0.2.7:10250"},
			want: manifests.Options{Values: map[string]any{"webhookURL": "https://192.0.2.7:10250"}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			want, err := manifests.Render(test.want)
			if err != nil {
				t.Fatal(err)
			}
			got := execute(test.stdin, append([]string{"install"}, test.args...)...)
			if diff := cmp.Diff(outcome{0, string(want), nextSteps}, got, cmp.AllowUnexported(outcome{})); diff != "" {
				t.Errorf("outcome (-want +got):\n%s", diff)
			}
			inJSON := execute(test.stdin, append([]string{"install", "-o", "json"}, test.args...)...)
			if diff := cmp.Diff(objectsIn(t, string(want)), objectsIn(t, inJSON.out)); diff != "" || inJSON.code != 0 {
				t.Errorf("objects in JSON (-YAML +JSON):\n%s", diff)
			}
		})
	}
}

func TestInstallRecordsItsVersion(t *testing.T) {
	version = "v9.9.9"
	t.Cleanup(func() { version = unreleased })
	if got := execute("", "install"); !strings.Contains(got.out, "image: ghcr.io/linkerd-gcm/linkerd-gcm:v9.9.9\n") {
		t.Errorf("no image of version v9.9.9 in %d bytes", len(got.out))
	}
}

func TestInstallOfADevelopmentBuildSaysHowToProvideItsImage(t *testing.T) {
	version = "0123abc-dirty"
	t.Cleanup(func() { version = unreleased })
	got := execute("", "install")
	if got.code == 0 || got.out != "" {
		t.Errorf("it prints %d bytes and exits with %d", len(got.out), got.code)
	}
	for _, want := range []string{
		"development build, version 0123abc-dirty", "ghcr.io/linkerd-gcm/linkerd-gcm:0123abc-dirty", "make image PUSH=", "install --image ",
	} {
		if !strings.Contains(got.errOut, want) {
			t.Errorf("it does not say %q:\n%s", want, got.errOut)
		}
	}
	if got := execute("", "install", "--image", "r.example/linkerd-gcm"); !strings.Contains(got.out, "image: r.example/linkerd-gcm:0123abc-dirty\n") || got.code != 0 {
		t.Errorf("with --image it exits with %d: %s", got.code, got.errOut)
	}
}

// nextSteps are those where Google's sidecar is not asked for.
var nextSteps = fmt.Sprintf(afterInstall, "")

// A shell reads <word> as the name of a file to read from.
var notForAShell = regexp.MustCompile(`<[a-z-]+>`)

func TestTheNextStepsCanBePasted(t *testing.T) {
	for _, args := range [][]string{{"install"}, {"install", "--set", "sidecarImage=r.example/stackdriver-prometheus-sidecar:1"}} {
		got := execute("", args...)
		if found := notForAShell.FindString(got.errOut); found != "" {
			t.Errorf("%v says %s in\n%s", args, found, got.errOut)
		}
		if generates := strings.Contains(got.errOut, "linkerd gcm generate --sidecar stackdriver"); generates != (len(args) > 1) {
			t.Errorf("%v generates ConfigMaps: %v, in\n%s", args, generates, got.errOut)
		}
		if strings.Contains(got.errOut, "sidecar-image") {
			t.Errorf("%v asks for the sidecar's image:\n%s", args, got.errOut)
		}
		if !strings.Contains(got.errOut, "linkerd gcm check --wait") {
			t.Errorf("%v does not wait until the injector is reached:\n%s", args, got.errOut)
		}
	}
	for _, cmd := range newRoot(genericiooptions.NewTestIOStreamsDiscard()).Commands() {
		if found := notForAShell.FindString(cmd.Example); found != "" {
			t.Errorf("an example of %s has %s", cmd.Name(), found)
		}
	}
}

func TestInstallSaysThatCertManagerComesFirst(t *testing.T) {
	if got := execute("", "install", "--set", "certificates=cert-manager"); got.errOut != needsCertManager+nextSteps {
		t.Errorf("it says %q", got.errOut)
	}
}

func TestInstallRefusals(t *testing.T) {
	file := filepath.Join(t.TempDir(), "values.yaml")
	if err := os.WriteFile(file, []byte("a: b\n  c: d\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		args []string
		want string
	}{
		"values that contradict each other, in the chart's words": {
			[]string{"--set", "failurePolicy=Fail,replicas=1"},
			"failurePolicy is `Fail` and replicas is 1: Prometheus could not start during a restart of the injector; set replicas to 2 or more, or failurePolicy to `Ignore`",
		},
		"values that are not allowed, all of them": {
			[]string{"--set", "certificates=none,image.pullPolicy=always,bogus=1"},
			"value (top level): additional properties 'bogus' not allowed\n" +
				"linkerd-gcm: value certificates: value must be one of 'self-managed', 'cert-manager', 'provided'\n" +
				"linkerd-gcm: value image.pullPolicy: value must be one of 'Always', 'IfNotPresent', 'Never'",
		},
		"a list without the image that is injected by default": {
			[]string{"--set", "allowedSidecarImages={registry.example.com/team/}"},
			"allowedSidecarImages does not allow ghcr.io/linkerd-gcm/linkerd-gcm:v0.1.0, which is injected where no annotation names an image: add it, or set sidecarImage to one of the list",
		},
		"an invalid value":              {[]string{"--set", "replicas"}, `--set is "replicas": key "replicas" has no value`},
		"a file that is not there":      {[]string{"--set-file", "a=none.pem"}, `--set-file is "a=none.pem": open none.pem: no such file or directory`},
		"values that are not there":     {[]string{"-f", "none.yaml"}, `reading -f "none.yaml": stat none.yaml: no such file or directory`},
		"values that are not YAML":      {[]string{"-f", file}, file + ":2:3: invalid YAML: mapping values are not allowed in this context"},
		"an unknown output":             {[]string{"-o", "diff"}, `--output is "diff": want yaml or json`},
		"an image with half a digest":   {[]string{"--image", "r/i@sha256:12"}, `value image.digest: 'sha256:12' does not match pattern '^(sha256:[0-9a-f]{64})?$'`},
		"an image with no digest":       {[]string{"--image", "r/i@"}, `value image.repository: 'r/i@' does not match pattern '^[a-zA-Z0-9][a-zA-Z0-9._:/-]*[a-zA-Z0-9]$'`},
		"a URL without a secure scheme": {[]string{"--webhook-url", "http://x"}, `value webhookURL: 'http://x' does not match pattern '^(https://[^/?#@\\s]+)?$'`},
	} {
		t.Run(name, func(t *testing.T) {
			want := outcome{2, "", "linkerd-gcm: " + test.want + "\n"}
			if diff := cmp.Diff(want, execute("", append([]string{"install"}, test.args...)...), cmp.AllowUnexported(outcome{})); diff != "" {
				t.Errorf("outcome (-want +got):\n%s", diff)
			}
		})
	}
}

// The chart refuses a list on which the image is not that is injected by default, and has to
// compare as the injector does.
func TestTheChartAndTheInjectorAgreeWhatAListAllows(t *testing.T) {
	const repository = "registry.example.com/team/linkerd-gcm"
	other := strings.ReplaceAll(digest, "0", "f")
	for _, image := range []string{repository + ":v1.2", repository + "@" + digest, repository + ":v1.2@" + digest, "linkerd-gcm:v1.2"} {
		for _, entry := range []string{
			repository, repository + ":v1.2", repository + ":v1x2", repository + ":v1", repository + ":v1.2@" + digest, repository + ":v2@" + digest,
			repository + "@" + digest, repository + "@" + other, repository + "s", "registry.example.com/", "registry.example.com/team/",
			"registry.example.com/tea", "registry.example.com/team/linkerd-gcm/", "registry.example.org/team/linkerd-gcm", "docker.io/",
		} {
			list, err := settings.ParseAllowedImages([]string{"registry.example.com/another", entry})
			if err != nil {
				t.Fatal(err)
			}
			got := execute("", "install", "--image", image, "--set", "allowedSidecarImages={registry.example.com/another,"+entry+"}")
			if allowed := got.code == 0; allowed != list.Allows(image) {
				t.Errorf("%s allows %s: %v for the injector, %v for the chart: %s", entry, image, list.Allows(image), allowed, got.errOut)
			}
		}
	}
}

// objectsIn returns all objects of a stream.
func objectsIn(t *testing.T, stream string) []any {
	t.Helper()
	file, err := manifest.Split("stdout", []byte(stream))
	if err != nil {
		t.Fatal(err)
	}
	var all []any
	for _, d := range file.Documents {
		for _, o := range d.Objects() {
			all = append(all, o.Object)
		}
	}
	return all
}
