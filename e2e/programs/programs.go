// Package programs finds or builds the programs that the tests start but don't link: Kubernetes, etcd and others whose
// dependencies disagree with those of the tests. Each is pinned by a small Go module of its own under e2e/.
package programs

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/linkerd-gcm/linkerd-gcm/e2e/filelock"
)

// The names of the programs, as Ensure takes them.
const (
	Etcd                  = "etcd"
	KubeAPIServer         = "kube-apiserver"
	KubeControllerManager = "kube-controller-manager"
	KubeScheduler         = "kube-scheduler"
	Kubelet               = "kubelet"
	KubeProxy             = "kube-proxy"
	CoreDNS               = "coredns"
	Prometheus            = "prometheus"
	SidecarProbe          = "stackdriver-prometheus-sidecar"
	Pause                 = "pause"
	LinkerdProxy          = "linkerd-proxy"
	Workload              = "workload"
	GCMInjector           = "gcm-injector"
	LinkerdGCM            = "linkerd-gcm"
	Promtool              = "promtool"
	Rulefmt               = "rulefmt"
)

// AssetsVariable names the environment variable that holds a folder of ready-made programs, as envtest knows it. A program
// found there is used as it is, one that is missing there is built.
const AssetsVariable = "KUBEBUILDER_ASSETS"

// program says how one program is built.
type program struct {
	module  string // the folder of the Go module that pins it, seen from the repository's root
	pkg     string // the import path of its main package
	stamped bool   // it reports Kubernetes' version, which only the linker can tell it
}

// ours is the module of the programs that the tests are about.
const ours = "."

// table has one entry for every program.
var table = map[string]program{
	Etcd:                  {module: "e2e/kubernetes", pkg: "go.etcd.io/etcd/server/v3"},
	KubeAPIServer:         {module: "e2e/kubernetes", pkg: "k8s.io/kubernetes/cmd/kube-apiserver", stamped: true},
	KubeControllerManager: {module: "e2e/kubernetes", pkg: "k8s.io/kubernetes/cmd/kube-controller-manager", stamped: true},
	KubeScheduler:         {module: "e2e/kubernetes", pkg: "k8s.io/kubernetes/cmd/kube-scheduler", stamped: true},
	Kubelet:               {module: "e2e/kubernetes", pkg: "k8s.io/kubernetes/cmd/kubelet", stamped: true},
	KubeProxy:             {module: "e2e/kubernetes", pkg: "k8s.io/kubernetes/cmd/kube-proxy", stamped: true},
	CoreDNS:               {module: "e2e/coredns", pkg: "."},
	Prometheus:            {module: "e2e/prometheus", pkg: "github.com/prometheus/prometheus/cmd/prometheus"},
	SidecarProbe:          {module: "e2e/probe", pkg: "."},
	Pause:                 {module: "e2e", pkg: "./node/pause"},
	LinkerdProxy:          {module: "e2e", pkg: "./node/linkerdproxy"},
	Workload:              {module: "e2e", pkg: "./node/workload"},
	GCMInjector:           {module: ours, pkg: "./cmd/gcm-injector"},
	LinkerdGCM:            {module: ours, pkg: "./cmd/linkerd-gcm"},
	Promtool:              {module: "e2e/prometheus", pkg: "github.com/prometheus/prometheus/cmd/promtool"},
	Rulefmt:               {module: "e2e/prometheus", pkg: "./rulefmt"},
}

// Ensure returns the paths of the named programs. Those that KUBEBUILDER_ASSETS lacks are built into .cluster/bin under root,
// which does nothing to a program that is up to date. A first build takes minutes, so log is told before each.
func Ensure(ctx context.Context, root string, log io.Writer, names ...string) (map[string]string, error) {
	paths := make(map[string]string, len(names))
	for _, name := range names {
		program, known := table[name]
		if !known {
			return nil, fmt.Errorf("no program is called %q; add it to the table in e2e/programs/programs.go", name)
		}
		path, err := asset(name)
		if err == nil && path == "" {
			path = filepath.Join(root, ".cluster", "bin", name)
			err = program.build(ctx, root, path, log)
		}
		if err != nil {
			return nil, err
		}
		paths[name] = path
	}
	return paths, nil
}

// asset returns the path of a ready-made program, or nothing when there is none.
func asset(name string) (string, error) {
	folder := os.Getenv(AssetsVariable)
	if folder == "" {
		return "", nil
	}
	if info, err := os.Stat(folder); err != nil || !info.IsDir() {
		return "", fmt.Errorf("%s is %q, which is no folder: correct it, or unset it to have the programs built", AssetsVariable, folder)
	}
	path, err := filepath.Abs(filepath.Join(folder, name))
	if err != nil {
		return "", fmt.Errorf("making %s absolute: %w", folder, err)
	}
	if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
		return "", nil
	} else if err != nil {
		return "", fmt.Errorf("looking for %s in %s: %w", name, AssetsVariable, err)
	}
	return path, nil
}

// build leaves the program at path. Go's own cache decides what there is to do, so this is cheap when nothing changed.
func (p program) build(ctx context.Context, root, path string, log io.Writer) error {
	name := filepath.Base(path)
	if _, err := os.Stat(path); err != nil {
		fmt.Fprintf(log, "building %s: the first time takes minutes, Go's build cache makes later times quick\n", name)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return fmt.Errorf("making a folder for %s: %w", name, err)
	}
	module := filepath.Join(root, filepath.FromSlash(p.module))
	flags := "-s -w"
	if p.stamped {
		version, err := kubernetesVersion(ctx, module)
		if err != nil {
			return err
		}
		flags += stamp(version)
	}
	// Several packages' tests, each a process, may want the program at once.
	lock, err := filelock.Wait(ctx, path+".lock")
	if err != nil {
		return err
	}
	defer lock.Close()
	arguments := []string{"build", "-ldflags", flags, "-o", path}
	// Our own programs share what the tests have compiled, which is compiled without.
	if p.module != ours {
		arguments = append(arguments, "-trimpath")
	}
	if _, err := run(ctx, module, append(arguments, p.pkg)...); err != nil {
		return fmt.Errorf("building %s: %w", name, err)
	}
	return nil
}

// kubernetesVersion returns the version that the module pins, such as v1.34.4.
func kubernetesVersion(ctx context.Context, module string) (string, error) {
	out, err := run(ctx, module, "list", "-m", "-f", "{{.Version}}", "k8s.io/kubernetes")
	if err != nil {
		return "", fmt.Errorf("reading Kubernetes' version from %s: %w", filepath.Join(module, "go.mod"), err)
	}
	return strings.TrimSpace(out), nil
}

// stamp returns linker flags without which Kubernetes would call itself v0.0.0-master, which a chart's kubeVersion refuses.
func stamp(version string) string {
	const variables = "k8s.io/component-base/version"
	numbers := append(strings.SplitN(strings.TrimPrefix(version, "v"), ".", 3), "", "")
	return fmt.Sprintf(" -X %[1]s.gitVersion=%[2]s -X %[1]s.gitMajor=%[3]s -X %[1]s.gitMinor=%[4]s",
		variables, version, numbers[0], numbers[1])
}

// run runs the go command in a module of ours. What it says on stderr becomes part of the error.
func run(ctx context.Context, module string, args ...string) (string, error) {
	command := exec.CommandContext(ctx, "go", args...)
	command.Dir = module
	// No C compiler is needed, and a go.work of the user's doesn't change what is pinned.
	command.Env = append(os.Environ(), "CGO_ENABLED=0", "GOWORK=off")
	var stdout, stderr strings.Builder
	command.Stdout, command.Stderr = &stdout, &stderr
	if err := command.Run(); err != nil {
		return "", fmt.Errorf("go %s in %s: %w\n%s", args[0], module, err, stderr.String())
	}
	return stdout.String(), nil
}
