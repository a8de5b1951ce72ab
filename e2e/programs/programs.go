// Package programs finds or builds the programs that the tests start but do not link,
// such as Kubernetes, etcd and Prometheus. Programs whose dependencies conflict with those
// of the tests have Go modules of their own under e2e/, which pin their versions:
// Kubernetes and prometheus-operator need the k8s.io/* modules of their own releases,
// Prometheus replaces klog, and the parser of 2019 is an old version of a module that the
// tests use. The others, such as CoreDNS, are built from the tests' own module. It does not
// start what it has built: package process does.
package programs

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/linkerd-gcm/linkerd-gcm/e2e/filelock"
	"github.com/linkerd-gcm/linkerd-gcm/e2e/gobuild"
)

// The names of the programs, for Ensure. None begins with "linkerd-": with the folder on the
// PATH, for kubectl, Linkerd's own command would take such a program for an extension.
const (
	Etcd                  = "etcd"
	KubeAPIServer         = "kube-apiserver"
	KubeControllerManager = "kube-controller-manager"
	KubeScheduler         = "kube-scheduler"
	Kubelet               = "kubelet"
	KubeProxy             = "kube-proxy"
	Kubectl               = "kubectl"
	Helm                  = "helm"
	CoreDNS               = "coredns"
	Prometheus            = "prometheus"
	PrometheusOperator    = "prometheus-operator"
	SidecarProbe          = "stackdriver-prometheus-sidecar"
	Pause                 = "pause"
	LinkerdProxy          = "meshed-proxy"
	Workload              = "workload"
	GCMInjector           = "gcm-injector"
	LinkerdGCM            = "gcm-cli"
	GCMExporter           = "gcm-exporter"
	GCMEmulator           = "gcm-emulator"
	Promtool              = "promtool"
	Rulefmt               = "rulefmt"
	ValidatePod           = "validatepod"
	LogWriter2            = "logwriter2"
	LogWriter3            = "logwriter3"
)

// AssetsVariable names the environment variable, which envtest uses too, that holds a
// folder of prebuilt programs. A program that is there is used as it is; one that is
// missing there is built.
const AssetsVariable = "KUBEBUILDER_ASSETS"

// program says how one program is built.
type program struct {
	module  string // the folder of the Go module that pins it, seen from the repository's root
	pkg     string // the import path of its main package
	stamped bool   // it reports Kubernetes' version, which a linker flag sets
}

// ours is the module of the programs under test.
const ours = "."

// table has one entry for every program.
var table = map[string]program{
	Etcd:                  {module: "e2e/kubernetes", pkg: "go.etcd.io/etcd/server/v3"},
	KubeAPIServer:         {module: "e2e/kubernetes", pkg: "k8s.io/kubernetes/cmd/kube-apiserver", stamped: true},
	KubeControllerManager: {module: "e2e/kubernetes", pkg: "k8s.io/kubernetes/cmd/kube-controller-manager", stamped: true},
	KubeScheduler:         {module: "e2e/kubernetes", pkg: "k8s.io/kubernetes/cmd/kube-scheduler", stamped: true},
	Kubelet:               {module: "e2e/kubernetes", pkg: "k8s.io/kubernetes/cmd/kubelet", stamped: true},
	KubeProxy:             {module: "e2e/kubernetes", pkg: "k8s.io/kubernetes/cmd/kube-proxy", stamped: true},
	Kubectl:               {module: "e2e/kubernetes", pkg: "k8s.io/kubernetes/cmd/kubectl", stamped: true},
	Helm:                  {module: "e2e", pkg: "helm.sh/helm/v4/cmd/helm"},
	CoreDNS:               {module: "e2e", pkg: "./coredns"},
	Prometheus:            {module: "e2e/prometheus", pkg: "github.com/prometheus/prometheus/cmd/prometheus"},
	PrometheusOperator:    {module: "e2e/operator", pkg: "github.com/prometheus-operator/prometheus-operator/cmd/operator"},
	SidecarProbe:          {module: "e2e", pkg: "./probe"},
	Pause:                 {module: "e2e", pkg: "./node/pause"},
	LinkerdProxy:          {module: "e2e", pkg: "./node/linkerdproxy"},
	Workload:              {module: "e2e", pkg: "./node/workload"},
	GCMInjector:           {module: ours, pkg: "./cmd/gcm-injector"},
	LinkerdGCM:            {module: ours, pkg: "./cmd/linkerd-gcm"},
	GCMExporter:           {module: ours, pkg: "./cmd/gcm-exporter"},
	GCMEmulator:           {module: ours, pkg: "./cmd/gcm-emulator"},
	Promtool:              {module: "e2e/prometheus", pkg: "github.com/prometheus/prometheus/cmd/promtool"},
	Rulefmt:               {module: "e2e/prometheus", pkg: "./rulefmt"},
	ValidatePod:           {module: "e2e/kubernetes", pkg: "./validatepod"},
	LogWriter2:            {module: "e2e/prometheus", pkg: "./logwriter2"},
	LogWriter3:            {module: "e2e/prometheus3", pkg: "./logwriter3"},
}

// Ensure returns the paths of the named programs. It builds those that are not in
// KUBEBUILDER_ASSETS into .cluster/bin under root, unless they are up to date. A first
// build takes minutes, so it writes a message to log before.
func Ensure(ctx context.Context, root string, log io.Writer, names ...string) (map[string]string, error) {
	paths := make(map[string]string, len(names))
	var toBuild []string
	for _, name := range names {
		if _, known := table[name]; !known {
			return nil, fmt.Errorf("there is no program %q; add it to the table in e2e/programs/programs.go", name)
		}
		path, err := asset(name)
		if err != nil {
			return nil, err
		}
		if path == "" {
			path = filepath.Join(root, ".cluster", "bin", name)
			toBuild = append(toBuild, name)
		}
		paths[name] = path
	}
	all := batches(toBuild)
	for i, together := range all {
		if err := together.build(ctx, root, log, fmt.Sprintf("step %d of %d", i+1, len(all))); err != nil {
			return nil, err
		}
	}
	return paths, nil
}

// asset returns the path of a prebuilt program, or nothing if there is none.
func asset(name string) (string, error) {
	folder := os.Getenv(AssetsVariable)
	if folder == "" {
		return "", nil
	}
	if info, err := os.Stat(folder); err != nil || !info.IsDir() {
		return "", fmt.Errorf("%s is %q, which is not a folder: correct it, or unset it to have the programs built", AssetsVariable, folder)
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

// batch is a set of programs that one go build makes: that uses the processors better
// than several.
type batch struct {
	module  string
	stamped bool
	names   []string
}

// batches groups programs by how they are built. The go command names a program after its
// package; programs with another name are built one by one.
func batches(names []string) []batch {
	var all []batch
	for _, name := range names {
		p := table[name]
		i := slices.IndexFunc(all, func(b batch) bool {
			return b.module == p.module && b.stamped == p.stamped && ownName(b.names[0]) && ownName(name)
		})
		if i < 0 {
			all = append(all, batch{module: p.module, stamped: p.stamped, names: []string{name}})
		} else if !slices.Contains(all[i].names, name) {
			all[i].names = append(all[i].names, name)
		}
	}
	return all
}

func ownName(name string) bool { return path.Base(table[name].pkg) == name }

// build writes the programs to the folder .cluster/bin. Go's own cache decides what has
// to be done, so this is fast if nothing has changed. The step is for messages.
func (b batch) build(ctx context.Context, root string, log io.Writer, step string) error {
	folder := filepath.Join(root, ".cluster", "bin")
	list := strings.Join(b.names, ", ")
	if slices.ContainsFunc(b.names, func(name string) bool {
		_, err := os.Stat(filepath.Join(folder, name))
		return err != nil
	}) {
		fmt.Fprintf(log, "%s: building %s; the first build takes minutes, later ones use Go's build cache\n", step, list)
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return fmt.Errorf("making a folder for %s: %w", list, err)
	}
	module := filepath.Join(root, filepath.FromSlash(b.module))
	flags := "-s -w"
	if b.stamped {
		version, err := kubernetesVersion(ctx, module)
		if err != nil {
			return err
		}
		flags += stamp(version)
	}
	// The tests of several packages, each in its own process, may need a program at the
	// same time.
	lock, err := filelock.Wait(ctx, filepath.Join(folder, "lock"))
	if err != nil {
		return err
	}
	defer lock.Close()
	output := folder + string(filepath.Separator)
	if len(b.names) == 1 {
		output += b.names[0]
	}
	command := []string{"go", "build", "-v", "-ldflags", flags, "-o", output}
	// Our own programs are built without -trimpath, like the tests, so that both use the
	// same build cache.
	if b.module != ours {
		command = append(command, "-trimpath")
	}
	var packages []string
	for _, name := range b.names {
		packages = append(packages, table[name].pkg)
	}
	build := gobuild.Build{Step: step + ", " + list, Module: module, Packages: packages, Command: append(command, packages...), Log: log}
	if err := build.Run(ctx); err != nil {
		return fmt.Errorf("building %s: %w", list, err)
	}
	return nil
}

// kubernetesVersion returns the version that the module pins, such as v1.34.4.
func kubernetesVersion(ctx context.Context, module string) (string, error) {
	command := exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{.Version}}", "k8s.io/kubernetes")
	var messages strings.Builder
	command.Dir, command.Env, command.Stderr = module, append(os.Environ(), "GOWORK=off"), &messages
	printed, err := command.Output()
	if err != nil {
		return "", fmt.Errorf("reading Kubernetes' version from %s: %w\n%s", filepath.Join(module, "go.mod"), err, messages.String())
	}
	return strings.TrimSpace(string(printed)), nil
}

// stamp returns linker flags that set Kubernetes' version. Without them it would be
// v0.0.0-master, which a chart's kubeVersion does not allow.
func stamp(version string) string {
	const variables = "k8s.io/component-base/version"
	numbers := append(strings.SplitN(strings.TrimPrefix(version, "v"), ".", 3), "", "")
	return fmt.Sprintf(" -X %[1]s.gitVersion=%[2]s -X %[1]s.gitMajor=%[3]s -X %[1]s.gitMinor=%[4]s",
		variables, version, numbers[0], numbers[1])
}
