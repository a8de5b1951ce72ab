package main

import (
	"errors"
	"fmt"
	"slices"

	"github.com/spf13/pflag"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/metadata"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/tools/clientcmd/api"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// cluster says which cluster to talk to, and as whom. Its flags are those that
// Linkerd passes to every extension.
type cluster struct {
	apiAddress       string
	kubeconfig       string
	context          string
	as               string
	asGroups         []string
	linkerdNamespace string
	verbose          bool
}

func (c *cluster) register(flags *pflag.FlagSet) {
	flags.StringVar(&c.apiAddress, "api-addr", "", "Address of Linkerd's API; accepted, since Linkerd passes it, and not used")
	flags.StringVar(&c.kubeconfig, "kubeconfig", "", "The kubeconfig file to use; $KUBECONFIG or ~/.kube/config where it is missing")
	flags.StringVar(&c.context, "context", "", "The context of the kubeconfig file to use")
	flags.StringVar(&c.as, "as", "", "The user to impersonate")
	flags.StringArrayVar(&c.asGroups, "as-group", nil, "A group to impersonate, together with --as; repeatable")
	flags.StringVarP(&c.linkerdNamespace, "linkerd-namespace", "L", "linkerd", "The namespace of Linkerd's control plane")
	flags.BoolVar(&c.verbose, "verbose", false, "Say more on stderr")
}

// config returns how to reach the cluster.
func (c *cluster) config() (*rest.Config, error) {
	rules := clientcmd.NewDefaultClientConfigLoadingRules()
	rules.ExplicitPath = c.kubeconfig
	overrides := &clientcmd.ConfigOverrides{CurrentContext: c.context}
	if c.as != "" {
		overrides.AuthInfo = api.AuthInfo{Impersonate: c.as, ImpersonateGroups: c.groups()}
	}
	config, err := clientcmd.NewNonInteractiveDeferredLoadingClientConfig(rules, overrides).ClientConfig()
	if clientcmd.IsEmptyConfig(err) {
		return nil, errors.New("no cluster is known: name a kubeconfig file with --kubeconfig or in $KUBECONFIG")
	}
	if err != nil {
		return nil, fmt.Errorf("reading the kubeconfig: %w", err)
	}
	config.UserAgent = program + "/" + version
	config.QPS = -1 // a command asks a few dozen questions and ends; the API server has its own limits
	return config, nil
}

// metadata returns a client that reads only what all objects have in common.
func (c *cluster) metadata() (metadata.Interface, error) {
	config, err := c.config()
	if err != nil {
		return nil, err
	}
	client, err := metadata.NewForConfig(config)
	if err != nil {
		return nil, fmt.Errorf("connecting to the cluster: %w", err)
	}
	return client, nil
}

// reader returns a client for the objects that make up the configuration: it asks
// the cluster for nothing else, not even for the kinds that it knows.
func (c *cluster) reader() (client.Reader, error) {
	config, err := c.config()
	if err != nil {
		return nil, err
	}
	kinds := meta.NewDefaultRESTMapper(nil)
	kinds.Add(corev1.SchemeGroupVersion.WithKind("Namespace"), meta.RESTScopeRoot)
	kinds.Add(corev1.SchemeGroupVersion.WithKind("ConfigMap"), meta.RESTScopeNamespace)
	kinds.Add(corev1.SchemeGroupVersion.WithKind("Pod"), meta.RESTScopeNamespace)
	kinds.Add(appsv1.SchemeGroupVersion.WithKind("Deployment"), meta.RESTScopeNamespace)
	reader, err := client.New(config, client.Options{Scheme: scheme.Scheme, Mapper: kinds})
	if err != nil {
		return nil, fmt.Errorf("connecting to the cluster: %w", err)
	}
	return reader, nil
}

// groups are the groups to impersonate. Linkerd passes its own empty list on as
// the text "[]" (linkerd2, cli/cmd/check.go).
func (c *cluster) groups() []string {
	return slices.DeleteFunc(slices.Clone(c.asGroups), func(group string) bool { return group == "[]" })
}
