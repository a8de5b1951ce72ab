package release

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"debug/elf"
	"debug/macho"
	"debug/pe"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"helm.sh/helm/v4/pkg/chart/common"
	chartutil "helm.sh/helm/v4/pkg/chart/common/util"
	chart "helm.sh/helm/v4/pkg/chart/v2"
	"helm.sh/helm/v4/pkg/chart/v2/loader"
	"helm.sh/helm/v4/pkg/engine"
	"sigs.k8s.io/yaml"

	"github.com/linkerd-gcm/linkerd-gcm/manifests"
)

const (
	repository = "../.."
	version    = "v1.2.3-test"
)

// TestDistribution looks at the files of a release. `make dist` tells by DIST in which
// folder they are, by VERSION of which version, and by PLATFORMS for which the CLI is, if
// not for all. Without these, it makes and looks at what takes no time.
func TestDistribution(t *testing.T) {
	made := Release{Repository: repository, Version: os.Getenv("VERSION"), Output: os.Getenv("DIST")}
	complete := made.Output != ""
	if complete {
		made.Platforms = platformsOf(t, os.Getenv("PLATFORMS"))
	} else {
		made.Version, made.Output = version, t.TempDir()
		if err := made.Make(t.Context(), "chart", "manifests"); err != nil {
			t.Fatal(err)
		}
	}
	t.Run("chart", func(t *testing.T) { checkChart(t, made) })
	t.Run("manifests", func(t *testing.T) { checkManifests(t, made) })
	if !complete {
		return
	}
	for _, platform := range made.Platforms {
		t.Run("CLI for "+platform.String(), func(t *testing.T) { checkCLI(t, made, platform) })
	}
	t.Run("image", func(t *testing.T) { checkImage(t, made) })
	t.Run("checksums", func(t *testing.T) { checkChecksums(t, made) })
}

func platformsOf(t *testing.T, list string) []v1.Platform {
	t.Helper()
	platforms, err := ParsePlatforms(list)
	if err != nil {
		t.Fatal(err)
	}
	return platforms
}

func checkCLI(t *testing.T, made Release, platform v1.Platform) {
	name := fileName(cliProgram, made.Version, platform)
	checkSBOM(t, made, name, "github.com/spf13/cobra", "k8s.io/client-go")

	executable, unpack, ending := "linkerd-gcm", untar, ".tar.gz"
	if platform.OS == "windows" {
		executable, unpack, ending = "linkerd-gcm.exe", unzip, ".zip"
	}
	files := unpack(t, made.path(name+ending))
	if len(files) != 2 || string(files["LICENSE"].content) != string(read(t, filepath.Join(repository, "LICENSE"))) {
		t.Errorf("the archive holds %d files, want %s and the licence", len(files), executable)
	}
	program := files[executable]
	if program.mode.Perm() != 0o755 {
		t.Errorf("%s has the mode %s", executable, program.mode)
	}
	if got := formatOf(program.content); got != platform.String() {
		t.Errorf("the program is for %s", got)
	}
	if !bytes.Contains(program.content, []byte(made.Version)) {
		t.Error("the program does not know its version")
	}
	if platform.OS != runtime.GOOS || platform.Architecture != runtime.GOARCH {
		return
	}
	path := filepath.Join(t.TempDir(), executable)
	if err := os.WriteFile(path, program.content, 0o700); err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), path, "version", "--client", "--short").Output()
	if err != nil || strings.TrimSpace(string(out)) != made.Version {
		t.Errorf("the program says that it is %q, %v", out, err)
	}
}

// formatOf says for which platform a program is.
func formatOf(program []byte) string {
	reader := bytes.NewReader(program)
	if file, err := elf.NewFile(reader); err == nil {
		return "linux/" + map[elf.Machine]string{elf.EM_X86_64: "amd64", elf.EM_AARCH64: "arm64"}[file.Machine]
	}
	if file, err := macho.NewFile(reader); err == nil {
		return "darwin/" + map[macho.Cpu]string{macho.CpuAmd64: "amd64", macho.CpuArm64: "arm64"}[file.Cpu]
	}
	if file, err := pe.NewFile(reader); err == nil {
		machines := map[uint16]string{pe.IMAGE_FILE_MACHINE_AMD64: "amd64", pe.IMAGE_FILE_MACHINE_ARM64: "arm64"}
		return "windows/" + machines[file.Machine]
	}
	return "no platform that is known"
}

// checkSBOM looks for the program, its version and some of its modules.
func checkSBOM(t *testing.T, made Release, name string, modules ...string) {
	t.Helper()
	var bom struct {
		BOMFormat string
		Metadata  struct {
			Component struct{ Name, Version string }
		}
		Components []struct{ Name, Version string }
	}
	if err := json.Unmarshal(read(t, made.path(name+".cdx.json")), &bom); err != nil {
		t.Fatal(err)
	}
	if bom.BOMFormat != "CycloneDX" || bom.Metadata.Component.Version != made.Version ||
		bom.Metadata.Component.Name != "github.com/linkerd-gcm/linkerd-gcm" {
		t.Errorf("the list of modules is %s of %+v", bom.BOMFormat, bom.Metadata.Component)
	}
	for _, module := range append(modules, "std") {
		if !slices.ContainsFunc(bom.Components, func(c struct{ Name, Version string }) bool {
			return c.Name == module && c.Version != ""
		}) {
			t.Errorf("the list of modules lacks %s", module)
		}
	}
}

func checkChart(t *testing.T, made Release) {
	files, err := filepath.Glob(made.path("*.tgz"))
	if err != nil || len(files) != 1 {
		t.Fatalf("the charts are %v, %v", files, err)
	}
	loaded, err := loader.LoadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	if err := loaded.Validate(); err != nil {
		t.Error(err)
	}
	bare := strings.TrimPrefix(made.Version, "v")
	if loaded.Metadata.AppVersion != made.Version || !strings.HasSuffix(loaded.Metadata.Version, bare) {
		t.Errorf("the chart has the version %s and installs %s", loaded.Metadata.Version, loaded.Metadata.AppVersion)
	}
	if want := "linkerd-gcm-" + loaded.Metadata.Version + ".tgz"; filepath.Base(files[0]) != want {
		t.Errorf("the chart's package is %s, want %s", files[0], want)
	}
	values, err := chartutil.ToRenderValues(loaded, nil, common.ReleaseOptions{Name: "x", Namespace: "linkerd-gcm"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	rendered, err := engine.Render(loaded, values)
	if err != nil {
		t.Fatal(err)
	}
	checkInstalls(t, made, rendered["linkerd-gcm/templates/deployment.yaml"])
}

func checkManifests(t *testing.T, made Release) {
	for name := range installations {
		checkInstalls(t, made, string(read(t, made.path(name))))
	}
}

// checkInstalls wants a Deployment that runs the image of the release.
func checkInstalls(t *testing.T, made Release, manifest string) {
	t.Helper()
	for _, document := range strings.Split(manifest, "\n---\n") {
		var deployment struct {
			Kind string
			Spec struct {
				Template struct {
					Spec struct{ Containers []struct{ Image string } }
				}
			}
		}
		if err := yaml.Unmarshal([]byte(document), &deployment); err != nil {
			t.Fatal(err)
		}
		if deployment.Kind != "Deployment" {
			continue
		}
		image := deployment.Spec.Template.Spec.Containers[0].Image
		if !strings.HasPrefix(image, "ghcr.io/linkerd-gcm/") || !strings.HasSuffix(image, ":"+made.Version) {
			t.Errorf("it installs the image %s", image)
		}
		return
	}
	t.Error("it installs no Deployment")
}

// checkChecksums wants one for every file, and no other.
func checkChecksums(t *testing.T, made Release) {
	entries, err := os.ReadDir(made.Output)
	if err != nil {
		t.Fatal(err)
	}
	var want strings.Builder
	for _, entry := range entries {
		if entry.Name() != checksumsFile {
			fmt.Fprintf(&want, "%x  %s\n", sha256.Sum256(read(t, made.path(entry.Name()))), entry.Name())
		}
	}
	if diff := cmp.Diff(want.String(), string(read(t, made.path(checksumsFile)))); diff != "" {
		t.Error(diff)
	}
}

func TestChartVersionIsSemantic(t *testing.T) {
	for tag, want := range map[string]string{
		"v0.1.0":                  "0.1.0",
		"v0.1.0-rc.1":             "0.1.0-rc.1",
		"v0.1.0-3-gab34fde":       "0.1.0-3-gab34fde",
		"v0.1.0-3-gab34fde-dirty": "0.1.0-3-gab34fde-dirty",
		"ab34fde":                 "0.0.0-gab34fde",
		"0123456-dirty":           "0.0.0-g0123456-dirty",
	} {
		got := chartVersion(tag)
		if got != want {
			t.Errorf("%s becomes %s, want %s", tag, got, want)
		}
		if err := (&chart.Metadata{APIVersion: "v2", Name: "x", Version: got}).Validate(); err != nil {
			t.Errorf("%s: %v", tag, err)
		}
	}
}

func TestTheChartIsTheSameEachTime(t *testing.T) {
	var first []byte
	for range 2 {
		made := Release{Repository: repository, Version: version, Output: t.TempDir()}
		if err := made.Make(t.Context(), "chart"); err != nil {
			t.Fatal(err)
		}
		content := read(t, made.path("linkerd-gcm-1.2.3-test.tgz"))
		if first != nil && !bytes.Equal(first, content) {
			t.Error("the two packages differ")
		}
		first = content
	}
}

// TestTheWorkflowPublishesWhatIsMade compares the names in the workflow, which only runs
// on a tag, with those that are made.
func TestTheWorkflowPublishesWhatIsMade(t *testing.T) {
	loaded, err := manifests.Chart()
	if err != nil {
		t.Fatal(err)
	}
	image := loaded.Values["image"].(map[string]any)["repository"].(string)
	workflow := string(read(t, filepath.Join(repository, ".github", "workflows", "release.yml")))
	for _, want := range []string{
		`make notes VERSION="$GITHUB_REF_NAME" > notes.md`,
		`make dist VERSION="$GITHUB_REF_NAME"`,
		"IMAGE: " + image + "\n",
		"oci-archive:dist/" + imageArchive + `"`,
		"dist/" + loaded.Name() + "-*.tgz",
		"sha256sum --check --strict " + checksumsFile,
	} {
		if !strings.Contains(workflow, want) {
			t.Errorf("the workflow lacks %q", want)
		}
	}
}

func TestParsePlatforms(t *testing.T) {
	if diff := cmp.Diff(CLIPlatforms, platformsOf(t, "")); diff != "" {
		t.Error(diff)
	}
	want := []v1.Platform{{OS: "linux", Architecture: "arm64"}, {OS: "windows", Architecture: "amd64"}}
	if diff := cmp.Diff(want, platformsOf(t, "linux/arm64 windows/amd64")); diff != "" {
		t.Error(diff)
	}
	if _, err := ParsePlatforms("linux/amd64 plan9"); err == nil || !strings.Contains(err.Error(), `"plan9"`) {
		t.Errorf("the error is %v", err)
	}
}

func TestMakeKnowsItsParts(t *testing.T) {
	err := Release{Output: t.TempDir()}.Make(t.Context(), "chart", "charts")
	if err == nil || !strings.Contains(err.Error(), `no part "charts"`) {
		t.Errorf("the error is %v", err)
	}
}

// packedFile is a file as an archive has it.
type packedFile struct {
	content []byte
	mode    os.FileMode
}

func untar(t *testing.T, file string) map[string]packedFile {
	t.Helper()
	uncompressed, err := gzip.NewReader(bytes.NewReader(read(t, file)))
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]packedFile{}
	for reader := tar.NewReader(uncompressed); ; {
		header, err := reader.Next()
		if errors.Is(err, io.EOF) {
			return files
		}
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(reader)
		if err != nil {
			t.Fatal(err)
		}
		files[header.Name] = packedFile{content, header.FileInfo().Mode()}
	}
}

func unzip(t *testing.T, file string) map[string]packedFile {
	t.Helper()
	content := read(t, file)
	reader, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]packedFile{}
	for _, entry := range reader.File {
		opened, err := entry.Open()
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(opened)
		if err := errors.Join(err, opened.Close()); err != nil {
			t.Fatal(err)
		}
		files[entry.Name] = packedFile{content, entry.Mode()}
	}
	return files
}
