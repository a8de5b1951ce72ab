package routes

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	monitoring "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	"github.com/linkerd-gcm/linkerd-gcm/e2e/controlplane"
	"github.com/linkerd-gcm/linkerd-gcm/e2e/httpget"
	"github.com/linkerd-gcm/linkerd-gcm/e2e/kubeclient"
	"github.com/linkerd-gcm/linkerd-gcm/e2e/process"
	"github.com/linkerd-gcm/linkerd-gcm/e2e/process/processtest"
	"github.com/linkerd-gcm/linkerd-gcm/e2e/programs"
)

// An operator is a running prometheus-operator with one Prometheus to manage, whose pods the
// controllers make and no node runs.
type operator struct {
	m          *mesh
	namespace  string
	prometheus monitoring.Prometheus
}

// startOperator starts prometheus-operator with its own CustomResourceDefinitions, and makes
// a Prometheus for it, which may read nothing but what is printed lets it read.
func (m *mesh) startOperator() *operator {
	m.t.Helper()
	o := &operator{m: m, namespace: "monitoring-of-" + m.namespace}
	m.applyOperatorsKinds()
	m.create(&corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: o.namespace}})
	m.create(&corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Name: "prometheus-k8s", Namespace: o.namespace}})
	o.describe()
	o.apply()

	address := processtest.FreeAddress(m.t)
	p, err := process.Start(m.t.Context(), filepath.Join(m.folder, "logs"), "operator", plane.Programs[programs.PrometheusOperator], []string{
		"--web.listen-address=" + address,
		// Those of other tests are not for it.
		"--prometheus-instance-namespaces=" + o.namespace,
	}, "KUBECONFIG="+plane.Cluster.Kubeconfig)
	if err != nil {
		m.t.Fatal(err)
	}
	m.t.Cleanup(p.Stop)
	m.t.Cleanup(func() { m.showLog("operator") })
	if err := p.AwaitReady(m.t.Context(), func(ctx context.Context) error { return httpget.OK(ctx, "http://"+address+"/healthz") }); err != nil {
		m.t.Fatal(err)
	}
	o.await("its own pod", func(string) bool {
		pods, err := plane.Cluster.Pods(m.t.Context(), o.namespace, map[string]string{"operator.prometheus.io/name": "k8s"})
		return err == nil && len(pods) > 0
	})
	return o
}

// describe describes a meshed Prometheus that finds ServiceMonitors by a label and PodMonitors
// in its own namespace. It differs from those that run on nodes in two ways, for which the
// operator has fields: it reaches the API server with a token of its service account from a
// file, and the addresses of giveEndpoints where they stand for.
func (o *operator) describe() {
	o.m.t.Helper()
	config, err := controlplane.ServiceAccountConfig(o.m.t.Context(), plane.Cluster.Config, o.namespace, "prometheus-k8s")
	if err != nil {
		o.m.t.Fatal(err)
	}
	token, authority := filepath.Join(o.m.folder, "token"), filepath.Join(o.m.folder, "ca.crt")
	for file, text := range map[string]string{token: config.BearerToken, authority: string(config.CAData)} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			o.m.t.Fatal(err)
		}
	}
	yes, loopback := true, "127.$1"
	o.prometheus = monitoring.Prometheus{
		TypeMeta:   metav1.TypeMeta{APIVersion: "monitoring.coreos.com/v1", Kind: "Prometheus"},
		ObjectMeta: metav1.ObjectMeta{Name: "k8s", Namespace: o.namespace},
		Spec: monitoring.PrometheusSpec{CommonPrometheusFields: monitoring.CommonPrometheusFields{
			Version:                         "v2.55.1",
			ServiceAccountName:              "prometheus-k8s",
			PodMetadata:                     &monitoring.EmbeddedObjectMetadata{Labels: map[string]string{"linkerd.io/control-plane-ns": "linkerd"}},
			ServiceMonitorSelector:          &metav1.LabelSelector{MatchLabels: map[string]string{"release": "stack"}},
			ServiceMonitorNamespaceSelector: &metav1.LabelSelector{},
			PodMonitorSelector:              &metav1.LabelSelector{},
			APIServerConfig: &monitoring.APIServerConfig{
				Host:          config.Host,
				Authorization: &monitoring.Authorization{CredentialsFile: token},
				TLSConfig:     &monitoring.TLSConfig{TLSFilesConfig: monitoring.TLSFilesConfig{CAFile: authority}},
			},
			ScrapeClasses: []monitoring.ScrapeClass{{Name: "loopback", Default: &yes, Relabelings: []monitoring.RelabelConfig{
				{SourceLabels: []monitoring.LabelName{"__address__"}, Regex: "239[.](.+)", Replacement: &loopback, TargetLabel: "__address__"},
			}}},
		}},
	}
}

// apply applies the Prometheus as it is described.
func (o *operator) apply() {
	o.m.t.Helper()
	text, err := yaml.Marshal(o.prometheus)
	if err != nil {
		o.m.t.Fatal(err)
	}
	o.m.apply(string(text))
}

// discover changes how Prometheus discovers the pods of a Service.
func (o *operator) discover(by monitoring.ServiceDiscoveryRole) {
	o.m.t.Helper()
	o.prometheus.Spec.ServiceDiscoveryRole = &by
	o.apply()
}

// await returns the configuration that the operator has made, once it is as wanted.
func (o *operator) await(what string, wanted func(config string) bool) []byte {
	o.m.t.Helper()
	var config []byte
	err := kubeclient.Eventually(o.m.t.Context(), "the operator has made a configuration with "+what, func(ctx context.Context) error {
		var secret corev1.Secret
		if err := plane.Cluster.Get(ctx, client.ObjectKey{Namespace: o.namespace, Name: "prometheus-k8s"}, &secret); err != nil {
			return err
		}
		compressed, err := gzip.NewReader(bytes.NewReader(secret.Data["prometheus.yaml.gz"]))
		if err != nil {
			return err
		}
		if config, err = io.ReadAll(compressed); err != nil {
			return err
		}
		if !wanted(string(config)) {
			return fmt.Errorf("it is\n%s", config)
		}
		return nil
	})
	if err != nil {
		o.m.t.Fatal(err)
	}
	return []byte(inPod.Replace(string(config)))
}

// inPod replaces what the operator's reloader in the pod does: its number among those that
// share the targets, and its name.
var inPod = strings.NewReplacer("$(SHARD)", "0", "$(POD_NAME)", "prometheus-k8s-0")

// giveEndpoints gives the Service of linkerd-viz' Prometheus its endpoints. These must not be
// on loopback, so that the pod is said to have a multicast address, which nobody is sent a
// connection at. An EndpointSlice takes a pod only on a node that there is.
func (m *mesh) giveEndpoints() {
	m.t.Helper()
	node := "node-of-" + m.namespace
	m.create(&corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: node}})
	err := kubeclient.Eventually(m.t.Context(), "Prometheus' pod has another address", func(ctx context.Context) error {
		pods, err := plane.Cluster.Pods(ctx, m.namespace, map[string]string{"component": "prometheus"})
		if err != nil {
			return err
		}
		if len(pods) != 1 {
			return fmt.Errorf("it has %d pods", len(pods))
		}
		pod := &pods[0]
		binding := &corev1.Binding{Target: corev1.ObjectReference{Kind: "Node", Name: node}}
		if err := plane.Cluster.SubResource("binding").Create(ctx, pod, binding); err != nil {
			return err
		}
		m.running(ctx, pod, "239."+strings.TrimPrefix(m.ip, "127."), corev1.ConditionTrue)
		return nil
	})
	if err != nil {
		m.t.Fatal(err)
	}
}

// applyOperatorsKinds applies the CustomResourceDefinitions of prometheus-operator, as far as
// the routes print or read their kinds, or the operator does not start without them.
func (m *mesh) applyOperatorsKinds() {
	m.t.Helper()
	for _, kind := range []string{"prometheuses", "servicemonitors", "podmonitors", "probes", "prometheusrules"} {
		m.apply(ofOperator(m.t, "example/prometheus-operator-crd/monitoring.coreos.com_"+kind+".yaml"))
	}
}

// ofOperator reads a file of the module that the operator is built from.
func ofOperator(t *testing.T, name string) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", "-C", "../operator", "mod", "download", "-json", "github.com/prometheus-operator/prometheus-operator").Output()
	if err != nil {
		t.Fatal(err)
	}
	var module struct{ Dir string }
	if err := json.Unmarshal(out, &module); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(module.Dir, filepath.FromSlash(name)))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
