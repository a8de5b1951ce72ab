package controlplane

import (
	"context"
	"fmt"
	"path/filepath"
	"strconv"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"

	"github.com/linkerd-gcm/linkerd-gcm/e2e/httpget"
	"github.com/linkerd-gcm/linkerd-gcm/e2e/programs"
)

// loopback is the only address that anything listens on.
const loopback = "127.0.0.1"

// The names of files and folders in a control plane's folder.
const (
	kubeconfigFile                  = "kubeconfig"
	controllerManagerKubeconfigFile = "kube-controller-manager.kubeconfig"
	etcdFolder                      = "etcd"
	logsFolder                      = "logs"
	pkiFolder                       = "pki"
)

// component is one program of the control plane: how it is started, and how to know that
// it is ready.
type component struct {
	name  string
	args  []string
	ready func(context.Context) error
}

// setting holds what the components of one control plane have in common.
type setting struct {
	dir                         string // absolute
	etcdPort, peerPort, apiPort int
	network                     *Network             // of the nodes, if there are any
	client                      kubernetes.Interface // an administrator's
}

// path returns the path of something in the control plane's folder.
func (s setting) path(elements ...string) string {
	return filepath.Join(append([]string{s.dir}, elements...)...)
}

// components returns the programs in the order in which they are started: each needs
// those before it.
func (s setting) components() []component {
	return []component{s.etcdComponent(), s.apiServer(), s.controllerManager()}
}

// etcdURL returns the address at which etcd serves clients.
func (s setting) etcdURL() string {
	return fmt.Sprintf("http://%s:%d", loopback, s.etcdPort)
}

func (s setting) etcdComponent() component {
	client, peer := s.etcdURL(), fmt.Sprintf("http://%s:%d", loopback, s.peerPort)
	return component{
		name: programs.Etcd,
		args: []string{
			"--data-dir=" + s.path(etcdFolder),
			"--listen-client-urls=" + client,
			"--advertise-client-urls=" + client,
			"--listen-peer-urls=" + peer,
			"--initial-advertise-peer-urls=" + peer,
			"--initial-cluster=default=" + peer,
			"--socket-reuse-port",
			// The data need not survive a crash of the machine, and etcd spends most of
			// its time waiting for the disk.
			"--unsafe-no-fsync",
		},
		ready: func(ctx context.Context) error {
			return httpget.OK(ctx, client+"/health")
		},
	}
}

func (s setting) apiServer() component {
	pki := func(file string) string { return s.path(pkiFolder, file) }
	return component{
		name: programs.KubeAPIServer,
		args: append([]string{
			"--etcd-servers=" + s.etcdURL(),
			"--secure-port=" + strconv.Itoa(s.apiPort),
			"--permit-port-sharing",
			"--tls-cert-file=" + pki(serverFile),
			"--tls-private-key-file=" + pki(serverKeyFile),
			"--client-ca-file=" + pki(authorityFile),
			"--service-account-issuer=https://kubernetes.default.svc.cluster.local",
			"--service-account-key-file=" + pki(serviceAccountKeyFile),
			"--service-account-signing-key-file=" + pki(serviceAccountKeyFile),
			"--service-cluster-ip-range=" + serviceNetwork,
			"--authorization-mode=Node,RBAC",
			"--allow-privileged",
			"--admission-control-config-file=" + pki(admissionFile),
		}, s.network.args(s.path(pkiFolder))...),
		ready: func(ctx context.Context) error {
			return s.client.Discovery().RESTClient().Get().AbsPath("/readyz").Do(ctx).Error()
		},
	}
}

func (s setting) controllerManager() component {
	return component{
		name: programs.KubeControllerManager,
		args: []string{
			"--kubeconfig=" + s.path(pkiFolder, controllerManagerKubeconfigFile),
			// Each controller uses its own ServiceAccount, as on a real cluster, so that
			// admission sees the same users.
			"--use-service-account-credentials",
			"--service-account-private-key-file=" + s.path(pkiFolder, serviceAccountKeyFile),
			"--root-ca-file=" + s.path(pkiFolder, authorityFile),
			"--leader-elect=false",
			// With the default of 20 requests a second, it would take five seconds to
			// start.
			"--kube-api-qps=1000",
			"--kube-api-burst=1000",
			// Nobody here needs what it serves.
			"--secure-port=0",
		},
		ready: func(ctx context.Context) error {
			const namespace = metav1.NamespaceDefault
			_, err := s.client.CoreV1().ServiceAccounts(namespace).Get(ctx, "default", metav1.GetOptions{})
			if err != nil {
				return err
			}
			_, err = s.client.CoreV1().ConfigMaps(namespace).Get(ctx, "kube-root-ca.crt", metav1.GetOptions{})
			return err
		},
	}
}
