//go:build linux

package node_test

import (
	"context"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/linkerd-gcm/linkerd-gcm/e2e/kubeclient"
	"github.com/linkerd-gcm/linkerd-gcm/e2e/node/images"
	"github.com/linkerd-gcm/linkerd-gcm/e2e/node/testcluster"
	"github.com/linkerd-gcm/linkerd-gcm/e2e/programs"
	"github.com/linkerd-gcm/linkerd-gcm/internal/checkout"
)

// sharing has the properties of the pod of linkerd-viz' Prometheus with its sidecar: two
// containers with one emptyDir, files of ConfigMaps mounted with subPath, and all fields
// that the Pod Security level restricted requires.
const sharing = `
apiVersion: v1
kind: Namespace
metadata: {name: NAMESPACE, labels: {pod-security.kubernetes.io/enforce: restricted}}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: texts, namespace: NAMESPACE}
data: {greeting.txt: hello}
---
apiVersion: v1
kind: Service
metadata: {name: reader, namespace: NAMESPACE}
spec: {selector: {app: sharing}, ports: [{port: 80, targetPort: 8080}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: sharing, namespace: NAMESPACE}
spec:
  selector: {matchLabels: {app: sharing}}
  template:
    metadata: {labels: {app: sharing}}
    spec:
      terminationGracePeriodSeconds: 1
      securityContext: {runAsNonRoot: true, runAsUser: 65534, runAsGroup: 65534, fsGroup: 65534, seccompProfile: {type: RuntimeDefault}}
      containers:
      - name: writer
        image: IMAGE
        args: [--write=/data/written]
        securityContext: &restricted {allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: {drop: [ALL]}}
        volumeMounts: [{name: data, mountPath: /data}]
      - name: reader
        image: IMAGE
        args: ["--serve=:8080"]
        ports: [{containerPort: 8080}]
        readinessProbe: {httpGet: {path: /data/written, port: 8080}, periodSeconds: 1}
        securityContext: *restricted
        volumeMounts:
        - {name: data, mountPath: /data}
        - {name: texts, mountPath: /etc/texts/greeting.txt, subPath: greeting.txt, readOnly: true}
      volumes:
      - {name: data, emptyDir: {}}
      - {name: texts, configMap: {name: texts}}
`

func TestTwoContainersShareAVolumeUnderRestrictedPodSecurity(t *testing.T) {
	c := testcluster.Start(t)
	pod := startSharing(t, c.Cluster, "sharing", c.Image(t, images.Workload))

	greeting, err := c.HTTPGet(t.Context(), pod, 8080, "etc/texts/greeting.txt")
	if err != nil {
		t.Fatal(err)
	}
	if string(greeting) != "hello" {
		t.Errorf("the file of the ConfigMap contains %q", greeting)
	}
	log, err := c.Logs(t.Context(), pod, "writer")
	if err != nil {
		t.Fatal(err)
	}
	if want := "uid=65534 gid=65534\n"; log != want {
		t.Errorf("the writer's log is %q, want %q", log, want)
	}
	read, err := c.Exec(t.Context(), pod, "reader", "/workload", "--read=/data/written")
	if err != nil {
		t.Fatal(err)
	}
	if want := log + "/data/written"; read != want {
		t.Errorf("a program in the reader's container printed %q, want %q", read, want)
	}
	if _, err := c.Exec(t.Context(), pod, "reader", "/workload", "--write=/written"); err == nil ||
		!strings.Contains(err.Error(), "read-only file system") {
		t.Errorf("writing to the root file system: %v", err)
	}
}

func TestServicesAnswerByNameAndAddress(t *testing.T) {
	c := testcluster.Start(t)
	image := c.Image(t, images.Workload)
	pod := startSharing(t, c.Cluster, "services", image)

	err := kubeclient.Eventually(t.Context(), "a pod gets an answer from the service", func(ctx context.Context) error {
		address := "http://reader.services.svc.cluster.local/data/written"
		_, err := c.Exec(ctx, pod, "writer", "/workload", "--get="+address)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if c.Node == nil {
		t.Skip("this is not a node of this machine: its services' addresses cannot be reached from here")
	}
	service := &corev1.Service{ObjectMeta: metav1.ObjectMeta{Namespace: "services", Name: "reader"}}
	if err := kubeclient.Await(t.Context(), c.Cluster, service, "there", func(*corev1.Service) bool { return true }); err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Transport: &http.Transport{DialContext: c.Node.Dial}}
	response, err := client.Get("http://" + service.Spec.ClusterIP + "/data/written")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		t.Errorf("the service answered this process with %s", response.Status)
	}
}

func TestPodsOutliveARestartOfTheKubelet(t *testing.T) {
	c := testcluster.Start(t)
	if c.Node == nil {
		t.Skip("this is not a node of this machine: its kubelet cannot be restarted from here")
	}
	image := c.Image(t, images.Workload)
	pod := startSharing(t, c.Cluster, "before-restart", image)
	if err := c.Node.Restart(t.Context(), programs.Kubelet); err != nil {
		t.Fatal(err)
	}
	startSharing(t, c.Cluster, "after-restart", image) // Now the new kubelet has read all pods.
	now := &corev1.Pod{ObjectMeta: pod.ObjectMeta}
	if err := kubeclient.Await(t.Context(), c.Cluster, now, "there", func(*corev1.Pod) bool { return true }); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(containerIDs(pod), containerIDs(now)); diff != "" {
		t.Errorf("containers (-before +after):\n%s", diff)
	}
}

func TestTwoNodesRunSideBySide(t *testing.T) {
	first := testcluster.Start(t)
	if first.Node == nil {
		t.Skip("this is not a node of this machine")
	}
	n := startNode(t)
	t.Cleanup(func() {
		if err := n.Stop(); err != nil {
			t.Error(err)
		}
	})
	second, err := kubeclient.New(n.Config(), n.Kubeconfig())
	if err != nil {
		t.Fatal(err)
	}
	image := first.Image(t, images.Workload)
	root, err := checkout.Root()
	if err != nil {
		t.Fatal(err)
	}
	made, err := images.Workload.Make(t.Context(), root, os.Stderr)
	if err != nil {
		t.Fatal(err)
	}
	if err := n.Import(t.Context(), image, made); err != nil {
		t.Fatal(err)
	}
	startSharing(t, second, "side-by-side", image)
	startSharing(t, first.Cluster, "side-by-side", image)
}

// startSharing returns the pod of the manifests above once it is ready.
func startSharing(t *testing.T, c *kubeclient.Cluster, namespace, image string) *corev1.Pod {
	t.Helper()
	manifests := strings.NewReplacer("NAMESPACE", namespace, "IMAGE", image).Replace(sharing)
	if _, err := c.ApplyYAML(t.Context(), manifests); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		object := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: namespace}}
		if err := c.Delete(context.Background(), object); err != nil {
			t.Error(err)
		}
	})
	if _, err := c.AwaitDeployment(t.Context(), namespace, "sharing"); err != nil {
		t.Fatal(err)
	}
	pods, err := c.Pods(t.Context(), namespace, map[string]string{"app": "sharing"})
	if err != nil {
		t.Fatal(err)
	}
	if len(pods) != 1 {
		t.Fatalf("the Deployment has %d pods", len(pods))
	}
	return &pods[0]
}

func containerIDs(pod *corev1.Pod) []string {
	var ids []string
	for _, status := range pod.Status.ContainerStatuses {
		ids = append(ids, status.ContainerID)
	}
	return ids
}
