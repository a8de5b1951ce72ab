package programs_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/linkerd-gcm/linkerd-gcm/e2e/programs"
	"github.com/linkerd-gcm/linkerd-gcm/internal/checkout"
)

func TestEnsureUsesPrebuiltProgramsAndBuildsTheOthers(t *testing.T) {
	if testing.Short() {
		t.Skip("-short builds no programs")
	}
	root, err := checkout.Root()
	if err != nil {
		t.Fatal(err)
	}
	assets := t.TempDir()
	prebuilt := filepath.Join(assets, programs.Etcd)
	if err := os.WriteFile(prebuilt, nil, 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv(programs.AssetsVariable, assets)

	paths, err := programs.Ensure(t.Context(), root, t.Output(), programs.Etcd, programs.KubeControllerManager)
	if err != nil {
		t.Fatal(err)
	}
	if got := paths[programs.Etcd]; got != prebuilt {
		t.Errorf("etcd is %s, want the prebuilt %s", got, prebuilt)
	}
	if got, want := paths[programs.KubeControllerManager], filepath.Join(root, ".cluster", "bin", "kube-controller-manager"); got != want {
		t.Errorf("kube-controller-manager is %s, want the built %s", got, want)
	}
}

func TestBuiltKubernetesReportsThePinnedVersion(t *testing.T) {
	if testing.Short() {
		t.Skip("-short builds no programs")
	}
	t.Setenv(programs.AssetsVariable, "")
	root, err := checkout.Root()
	if err != nil {
		t.Fatal(err)
	}
	paths, err := programs.Ensure(t.Context(), root, t.Output(), programs.KubeControllerManager)
	if err != nil {
		t.Fatal(err)
	}
	reported, err := exec.CommandContext(t.Context(), paths[programs.KubeControllerManager], "--version").Output()
	if err != nil {
		t.Fatal(err)
	}
	version := strings.TrimPrefix(strings.TrimSpace(string(reported)), "Kubernetes ")
	pinned, err := os.ReadFile(filepath.Join(root, "e2e", "kubernetes", "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(pinned, []byte("k8s.io/kubernetes "+version+"\n")) &&
		!bytes.Contains(pinned, []byte("k8s.io/kubernetes "+version+" ")) {
		t.Errorf("kube-controller-manager reports %q, which is not the version in e2e/kubernetes/go.mod", reported)
	}
}

func TestEnsureSaysWhatToDo(t *testing.T) {
	root, err := checkout.Root()
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct{ assets, program, want string }{
		"a program that is not in the table": {program: "minikube", want: "add it to the table"},
		"assets that are not there":          {program: programs.Etcd, assets: "/does/not/exist", want: "unset it to have the programs built"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv(programs.AssetsVariable, test.assets)
			_, err := programs.Ensure(t.Context(), root, t.Output(), test.program)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("the error is %q, want one that says %q", err, test.want)
			}
		})
	}
}

func TestEnsureBuildsProgramsOfOneModuleTogether(t *testing.T) {
	if testing.Short() {
		t.Skip("-short builds no programs")
	}
	t.Setenv(programs.AssetsVariable, "")
	root, err := checkout.Root()
	if err != nil {
		t.Fatal(err)
	}
	names := []string{programs.Pause, programs.LinkerdProxy, programs.Workload}
	paths, err := programs.Ensure(t.Context(), root, t.Output(), names...)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if info, err := os.Stat(paths[name]); err != nil || info.Mode()&0o111 == 0 {
			t.Errorf("%s is not a program at %q: %v", name, paths[name], err)
		}
	}
}
