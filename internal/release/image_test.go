package release

import (
	"archive/tar"
	"bytes"
	"debug/elf"
	"errors"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
)

// checkImage wants an image of both servers and nothing else for each platform, made the
// same anywhere.
func checkImage(t *testing.T, made Release) {
	images := readImages(t, made.path(imageArchive), made.Version)
	if len(images) != len(imagePlatforms) {
		t.Fatalf("the archive holds %d images, want one for each of %v", len(images), imagePlatforms)
	}
	for _, platform := range imagePlatforms {
		t.Run(platform.String(), func(t *testing.T) {
			image, ok := images[platform.String()]
			if !ok {
				t.Fatal("there is no image for it")
			}
			checkConfig(t, platform, image, made.Version)
			checkSize(t, image)
			files := filesOf(t, image)
			for server, module := range moduleOf {
				t.Run(server, func(t *testing.T) {
					checkProgram(t, platform, files[server], made.Version)
					checkSBOM(t, made, fileName(server, made.Version, platform), module)
				})
			}
			if diff := cmp.Diff(slices.Sorted(maps.Keys(moduleOf)), slices.Sorted(maps.Keys(files))); diff != "" {
				t.Errorf("files of the image (-want +got):\n%s", diff)
			}
		})
	}

	t.Run("the same bytes come of another directory", func(t *testing.T) {
		again := filepath.Join(t.TempDir(), imageArchive)
		if err := WriteImage(t.Context(), buildContext(t), made.Version, again); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(read(t, made.path(imageArchive)), read(t, again)) {
			t.Error("the two archives differ")
		}
	})
}

// moduleOf names, for each program of the image, a module that is in it.
var moduleOf = map[string]string{
	"gcm-injector": "sigs.k8s.io/controller-runtime",
	"gcm-exporter": "cloud.google.com/go/monitoring",
}

func checkConfig(t *testing.T, platform v1.Platform, image v1.Image, version string) {
	t.Helper()
	file, err := image.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	if file.OS != platform.OS || file.Architecture != platform.Architecture {
		t.Errorf("the image is for %s/%s", file.OS, file.Architecture)
	}
	want := v1.Config{User: "65532:65532", Entrypoint: []string{"/gcm-injector"}, Labels: labels(version)}
	if diff := cmp.Diff(want, file.Config); diff != "" {
		t.Error(diff)
	}
	if !file.Created.IsZero() {
		t.Errorf("the image carries a time: %s", file.Created)
	}
}

func checkSize(t *testing.T, image v1.Image) {
	t.Helper()
	layers, err := image.Layers()
	if err != nil {
		t.Fatal(err)
	}
	var total int64
	for _, layer := range layers {
		size, err := layer.Size()
		if err != nil {
			t.Fatal(err)
		}
		total += size
	}
	const limit = 30 << 20
	t.Logf("%.1f MiB compressed", float64(total)/(1<<20))
	if total > limit {
		t.Errorf("%d bytes compressed, want at most %d", total, limit)
	}
}

// filesOf returns the files of an image, which are programs that everyone may run and
// nobody may write.
func filesOf(t *testing.T, image v1.Image) map[string][]byte {
	t.Helper()
	extracted := mutate.Extract(image)
	defer extracted.Close()
	found := map[string][]byte{}
	for reader := tar.NewReader(extracted); ; {
		header, err := reader.Next()
		if errors.Is(err, io.EOF) {
			return found
		}
		if err != nil {
			t.Fatal(err)
		}
		if header.Mode != 0o555 || header.Uid != 0 || header.Typeflag != tar.TypeReg {
			t.Errorf("the image holds %s, mode %o, owner %d", header.Name, header.Mode, header.Uid)
		}
		if found[header.Name], err = io.ReadAll(reader); err != nil {
			t.Fatal(err)
		}
	}
}

func checkProgram(t *testing.T, platform v1.Platform, program []byte, version string) {
	t.Helper()
	file, err := elf.NewFile(bytes.NewReader(program))
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]elf.Machine{"amd64": elf.EM_X86_64, "arm64": elf.EM_AARCH64}[platform.Architecture]
	if file.Machine != want {
		t.Errorf("the program is for %s, want %s", file.Machine, want)
	}
	for _, segment := range file.Progs {
		if segment.Type == elf.PT_INTERP || segment.Type == elf.PT_DYNAMIC {
			t.Error("the program needs a dynamic linker, and there is none in the image")
		}
	}
	if file.Section(".note.go.buildid") != nil {
		t.Error("the program carries a build id")
	}
	absolute, err := filepath.Abs(repository)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(program, []byte(absolute)) {
		t.Errorf("the program says that it was built in %s", absolute)
	}
	if !bytes.Contains(program, []byte(version)) {
		t.Error("the program does not know its version")
	}
	if platform.OS == runtime.GOOS && platform.Architecture == runtime.GOARCH {
		path := filepath.Join(t.TempDir(), "program")
		if err := os.WriteFile(path, program, 0o700); err != nil {
			t.Fatal(err)
		}
		if out, err := exec.CommandContext(t.Context(), path, "--help").CombinedOutput(); err != nil {
			t.Errorf("the program does not run: %v\n%s", err, out)
		}
	}
}

func TestTheDockerfileMakesTheSameImage(t *testing.T) {
	dockerfile := string(read(t, filepath.Join(repository, "Dockerfile")))
	_, last, ok := strings.Cut(dockerfile, "\nFROM scratch\n")
	if !ok {
		t.Fatal("the image is not from scratch")
	}
	lines := map[string]bool{}
	for line := range strings.Lines(last) {
		lines[strings.TrimSpace(line)] = true
	}
	want := []string{
		"COPY --from=build /servers/ /",
		"USER " + user,
		`ENTRYPOINT ["` + entrypoint + `"]`,
	}
	for name, value := range labels("$VERSION") {
		want = append(want, `LABEL `+name+`="`+value+`"`)
	}
	for _, line := range want {
		if !lines[line] {
			t.Errorf("the Dockerfile lacks %s", line)
		}
	}
	flags := buildFlags("$VERSION")
	final := len(flags) - 1
	flags[final] = `"` + flags[final] + `"`
	command := "go build " + strings.Join(flags, " ") + " -o /servers/ ./cmd/" + strings.Join(servers, " ./cmd/")
	if !strings.Contains(dockerfile, command) || !strings.Contains(dockerfile, "CGO_ENABLED=0") {
		t.Errorf("the Dockerfile does not build with CGO_ENABLED=0 %s", command)
	}
}

// TestOneGoBuildsAll compares the Go of the Dockerfile with the one that go.mod asks for,
// which the workflows install.
func TestOneGoBuildsAll(t *testing.T) {
	toolchain := regexp.MustCompile(`(?m)^toolchain go(.+)$`).FindSubmatch(read(t, filepath.Join(repository, "go.mod")))
	if toolchain == nil {
		t.Fatal("go.mod has no line toolchain")
	}
	dockerfile := string(read(t, filepath.Join(repository, "Dockerfile")))
	if want := " golang:" + string(toolchain[1]) + "-"; !strings.Contains(dockerfile, want) {
		t.Errorf("the Dockerfile does not build with%s", want)
	}
	workflows, err := filepath.Glob(filepath.Join(repository, ".github", "workflows", "*.yml"))
	if err != nil || len(workflows) == 0 {
		t.Fatalf("the workflows are %v, %v", workflows, err)
	}
	for _, file := range workflows {
		workflow := string(read(t, file))
		installs := strings.Count(workflow, "uses: actions/setup-go@")
		if installs == 0 || strings.Count(workflow, "go-version-file: go.mod\n") != installs {
			t.Errorf("%s installs Go %d times, and not each time the one that go.mod asks for", file, installs)
		}
	}
}

// buildContext copies what `docker build` would send, so that .dockerignore is tested,
// too.
func buildContext(t *testing.T) string {
	t.Helper()
	entries, err := os.ReadDir(repository)
	if err != nil {
		t.Fatal(err)
	}
	ignored := strings.Split(string(read(t, filepath.Join(repository, ".dockerignore"))), "\n")
	target := t.TempDir()
	for _, entry := range entries {
		from, to := filepath.Join(repository, entry.Name()), filepath.Join(target, entry.Name())
		switch {
		case matches(t, ignored, entry.Name()):
		case entry.IsDir():
			if err := os.CopyFS(to, os.DirFS(from)); err != nil {
				t.Fatal(err)
			}
		default:
			if err := os.WriteFile(to, read(t, from), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	return target
}

func matches(t *testing.T, patterns []string, name string) bool {
	t.Helper()
	for _, pattern := range patterns {
		matched, err := filepath.Match(pattern, name)
		if err != nil {
			t.Fatal(err)
		}
		if matched {
			return true
		}
	}
	return false
}

// readImages unpacks the archive and returns its images by platform.
func readImages(t *testing.T, file, version string) map[string]v1.Image {
	t.Helper()
	directory := t.TempDir()
	for reader := tar.NewReader(bytes.NewReader(read(t, file))); ; {
		header, err := reader.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(reader)
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(directory, filepath.FromSlash(header.Name))
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, content, 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	index, err := layout.ImageIndexFromPath(directory)
	if err != nil {
		t.Fatal(err)
	}
	return imagesIn(t, index, version)
}

func imagesIn(t *testing.T, index v1.ImageIndex, version string) map[string]v1.Image {
	t.Helper()
	manifest, err := index.IndexManifest()
	if err != nil {
		t.Fatal(err)
	}
	images := map[string]v1.Image{}
	for _, descriptor := range manifest.Manifests {
		if descriptor.MediaType.IsIndex() {
			if got := descriptor.Annotations["org.opencontainers.image.ref.name"]; got != version {
				t.Errorf("the image is tagged %q", got)
			}
			nested, err := index.ImageIndex(descriptor.Digest)
			if err != nil {
				t.Fatal(err)
			}
			return imagesIn(t, nested, version)
		}
		image, err := index.Image(descriptor.Digest)
		if err != nil {
			t.Fatal(err)
		}
		images[descriptor.Platform.String()] = image
	}
	return images
}

func read(t *testing.T, file string) []byte {
	t.Helper()
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return content
}
