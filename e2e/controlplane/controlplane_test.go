package controlplane

import (
	"context"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	authenticationv1 "k8s.io/api/authentication/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/linkerd-gcm/linkerd-gcm/e2e/programs"
	"github.com/linkerd-gcm/linkerd-gcm/internal/checkout"
)

// ensurePrograms finds or builds the programs, once for all tests.
var ensurePrograms = sync.OnceValues(func() (map[string]string, error) {
	root, err := checkout.Root()
	if err != nil {
		return nil, err
	}
	return programs.Ensure(context.Background(), root, os.Stderr, Programs...)
})

// programPaths returns a copy of the programs' paths, for the test to change.
func programPaths(t *testing.T) map[string]string {
	t.Helper()
	if testing.Short() {
		t.Skip("-short starts no API server")
	}
	paths, err := ensurePrograms()
	if err != nil {
		t.Fatal(err)
	}
	return maps.Clone(paths)
}

// start starts a control plane that ends with the test.
func start(t *testing.T) *ControlPlane {
	t.Helper()
	c, err := Start(t.Context(), Options{Dir: t.TempDir(), Programs: programPaths(t), Log: t.Output()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Stop(); err != nil {
			t.Error(err)
		}
	})
	return c
}

func newClient(t *testing.T, config *rest.Config) kubernetes.Interface {
	t.Helper()
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// await waits until the condition is true, and fails the test if it takes too long.
func await(t *testing.T, what string, condition func(context.Context) (bool, error)) {
	t.Helper()
	if err := wait.PollUntilContextTimeout(t.Context(), 50*time.Millisecond, time.Minute, true, condition); err != nil {
		t.Fatalf("waiting until %s: %v", what, err)
	}
}

func TestControlPlane(t *testing.T) {
	c := start(t)
	client := newClient(t, c.Config())

	for name, check := range map[string]func(*testing.T, *ControlPlane, kubernetes.Interface){
		"the API server knows its version":                   testVersion,
		"the kubeconfig makes an administrator":              testKubeconfig,
		"a Deployment makes a pod, which is deleted with it": testDeployment,
		"a deleted namespace is removed":                     testNamespace,
		"Pod Security refuses a privileged pod":              testPodSecurity,
		"a ServiceAccount has its own permissions":           testServiceAccount,
		"everything listens on loopback only":                testListeners,
	} {
		t.Run(name, func(t *testing.T) { check(t, c, client) })
	}

	// This comes last, because it ends the control plane.
	t.Run("nothing is left after stopping", func(t *testing.T) { testStop(t, c, client) })
}

func testVersion(t *testing.T, _ *ControlPlane, client kubernetes.Interface) {
	version, err := client.Discovery().ServerVersion()
	if err != nil {
		t.Fatal(err)
	}
	// Without a stamp it is v0.0.0-master+$Format:%H$.
	if !regexp.MustCompile(`^v1\.\d+\.\d+$`).MatchString(version.GitVersion) {
		t.Errorf("the API server's version is %q, want one like v1.34.4", version.GitVersion)
	}
}

func testKubeconfig(t *testing.T, c *ControlPlane, _ kubernetes.Interface) {
	config, err := clientcmd.BuildConfigFromFlags("", c.Kubeconfig())
	if err != nil {
		t.Fatal(err)
	}
	nodes, err := newClient(t, config).CoreV1().Nodes().List(t.Context(), metav1.ListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if len(nodes.Items) != 0 {
		t.Errorf("there are %d nodes, want none", len(nodes.Items))
	}
}

func testDeployment(t *testing.T, _ *ControlPlane, client kubernetes.Interface) {
	labels := map[string]string{"app": "web"}
	deployment := &appsv1.Deployment{
		ObjectMeta: metav1.ObjectMeta{Name: "web"},
		Spec: appsv1.DeploymentSpec{
			Selector: &metav1.LabelSelector{MatchLabels: labels},
			Template: corev1.PodTemplateSpec{
				ObjectMeta: metav1.ObjectMeta{Labels: labels},
				Spec:       corev1.PodSpec{Containers: []corev1.Container{{Name: "web", Image: "example.com/web"}}},
			},
		},
	}
	deployments := client.AppsV1().Deployments(metav1.NamespaceDefault)
	if _, err := deployments.Create(t.Context(), deployment, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	pods := func(ctx context.Context) ([]corev1.Pod, error) {
		list, err := client.CoreV1().Pods(metav1.NamespaceDefault).List(ctx, metav1.ListOptions{LabelSelector: "app=web"})
		return list.Items, err
	}
	await(t, "the Deployment has a pod of the ServiceAccount default", func(ctx context.Context) (bool, error) {
		items, err := pods(ctx)
		return len(items) == 1 && items[0].Spec.ServiceAccountName == "default", err
	})
	if err := deployments.Delete(t.Context(), "web", metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	await(t, "the pod of the deleted Deployment is gone", func(ctx context.Context) (bool, error) {
		items, err := pods(ctx)
		return len(items) == 0, err
	})
}

func createNamespace(t *testing.T, client kubernetes.Interface, name string, labels map[string]string) {
	t.Helper()
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name, Labels: labels}}
	if _, err := client.CoreV1().Namespaces().Create(t.Context(), namespace, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
}

func testNamespace(t *testing.T, _ *ControlPlane, client kubernetes.Interface) {
	createNamespace(t, client, "passing", nil)
	namespaces := client.CoreV1().Namespaces()
	if err := namespaces.Delete(t.Context(), "passing", metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	await(t, "the namespace is gone", func(ctx context.Context) (bool, error) {
		_, err := namespaces.Get(ctx, "passing", metav1.GetOptions{})
		if apierrors.IsNotFound(err) {
			return true, nil
		}
		return false, err
	})
}

func testPodSecurity(t *testing.T, _ *ControlPlane, client kubernetes.Interface) {
	createNamespace(t, client, "secure", map[string]string{"pod-security.kubernetes.io/enforce": "baseline"})
	create := func(privileged bool) error {
		_, err := client.CoreV1().Pods("secure").Create(t.Context(), &corev1.Pod{
			ObjectMeta: metav1.ObjectMeta{GenerateName: "pod-"},
			Spec: corev1.PodSpec{
				// The ServiceAccount default may not be there yet.
				ServiceAccountName: "default",
				Containers: []corev1.Container{{
					Name: "main", Image: "example.com/main",
					SecurityContext: &corev1.SecurityContext{Privileged: &privileged},
				}},
			},
		}, metav1.CreateOptions{})
		return err
	}
	await(t, "an ordinary pod is admitted", func(context.Context) (bool, error) { return create(false) == nil, nil })
	err := create(true)
	if !apierrors.IsForbidden(err) || !strings.Contains(err.Error(), "PodSecurity") {
		t.Errorf("creating a privileged pod gives %v, want Pod Security to forbid it", err)
	}
}

func testServiceAccount(t *testing.T, c *ControlPlane, _ kubernetes.Interface) {
	config, err := ServiceAccountConfig(t.Context(), c.Config(), metav1.NamespaceDefault, "default")
	if err != nil {
		t.Fatal(err)
	}
	client := newClient(t, config)
	review, err := client.AuthenticationV1().SelfSubjectReviews().
		Create(t.Context(), &authenticationv1.SelfSubjectReview{}, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := review.Status.UserInfo.Username, "system:serviceaccount:default:default"; got != want {
		t.Errorf("the token belongs to %q, want %q", got, want)
	}
	_, err = client.CoreV1().Secrets(metav1.NamespaceDefault).List(t.Context(), metav1.ListOptions{})
	if !apierrors.IsForbidden(err) {
		t.Errorf("listing secrets without a permission gives %v, want it forbidden", err)
	}
}

func testStop(t *testing.T, c *ControlPlane, client kubernetes.Interface) {
	var pids []int
	for _, p := range c.processes {
		pids = append(pids, p.PID())
	}
	if err := c.Stop(); err != nil {
		t.Fatal(err)
	}
	for _, pid := range pids {
		if err := syscall.Kill(pid, 0); !errors.Is(err, syscall.ESRCH) {
			t.Errorf("process %d is still there (%v)", pid, err)
		}
	}
	if _, err := client.Discovery().ServerVersion(); err == nil {
		t.Error("the API server still answers")
	}
	if _, err := os.Stat(c.Kubeconfig()); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the kubeconfig is still there (%v)", err)
	}
	if err := c.Stop(); err != nil {
		t.Errorf("stopping again: %v", err)
	}
}

func TestWaitSaysWhichProgramEnded(t *testing.T) {
	c := start(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := c.Wait(ctx); err != nil {
		t.Errorf("waiting until the context is done gives %v, want nil", err)
	}
	if err := syscall.Kill(c.processes[2].PID(), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	err := c.Wait(t.Context())
	if err == nil || !strings.Contains(err.Error(), "kube-controller-manager ended: signal: killed") {
		t.Errorf("waiting while a program is killed gives %v, want it named", err)
	}
}

// script writes a program that runs the shell commands.
func script(t *testing.T, commands string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "script")
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+commands+"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestStartSaysWhatFailed(t *testing.T) {
	for name, test := range map[string]struct {
		apiServer string
		want      []string
	}{
		"a program that ends": {script(t, "echo 'it is broken' >&2; exit 3"), []string{
			"kube-apiserver ended before it was ready: exit status 3", "logs/kube-apiserver.log:\n  it is broken"}},
		"a program that can't be started": {"/does/not/exist", []string{"starting kube-apiserver", "no such file"}},
		"a program whose path is missing": {"", []string{"path of kube-apiserver is not given", "programs.Ensure"}},
	} {
		t.Run(name, func(t *testing.T) {
			paths := programPaths(t)
			paths[programs.KubeAPIServer] = test.apiServer
			_, err := Start(t.Context(), Options{Dir: t.TempDir(), Programs: paths, Log: t.Output()})
			for _, want := range test.want {
				if err == nil || !strings.Contains(err.Error(), want) {
					t.Errorf("the error is %v, want it to say %q", err, want)
				}
			}
		})
	}
}

func TestStartGivesUpWithItsContext(t *testing.T) {
	paths := programPaths(t)
	paths[programs.Etcd] = script(t, "exec sleep 600")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := Start(ctx, Options{Dir: t.TempDir(), Programs: paths, Log: t.Output()})
	if !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "etcd did not get ready") {
		t.Errorf("the error is %v, want it to name etcd and the cancelled context", err)
	}
}
