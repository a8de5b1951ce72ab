// Package kubeconfig finds the cluster that a command line means, by the flags that
// Linkerd passes to every extension, and makes clients for it. It asks the cluster
// nothing.
package kubeconfig

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strings"

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

// Flags say which cluster to talk to, and as which user.
type Flags struct {
	// UserAgent is what clients call themselves.
	UserAgent string
	// Verbose asks for more messages.
	Verbose bool

	apiAddress       string
	kubeconfig       string
	context          string
	as               string
	asGroups         []string
	linkerdNamespace string
}

// Register adds the flags to a command.
func (f *Flags) Register(flags *pflag.FlagSet) {
	flags.StringVar(&f.apiAddress, "api-addr", "", "Address of Linkerd's API; accepted because Linkerd passes it, but not used")
	flags.StringVar(&f.kubeconfig, "kubeconfig", "", "The kubeconfig file to use (default $KUBECONFIG or ~/.kube/config)")
	flags.StringVar(&f.context, "context", "", "The context of the kubeconfig file to use")
	flags.StringVar(&f.as, "as", "", "The user to impersonate")
	flags.StringArrayVar(&f.asGroups, "as-group", nil, "A group to impersonate, together with --as; repeatable")
	flags.StringVarP(&f.linkerdNamespace, "linkerd-namespace", "L", "linkerd", "The namespace of Linkerd's control plane; accepted because Linkerd passes it, but not used")
	flags.BoolVar(&f.Verbose, "verbose", false, "Print more messages on stderr")
}

// Config returns how to reach the cluster.
func (f *Flags) Config() (*rest.Config, error) {
	rules := clientcmd.NewDefaultClientConfigLoadingRules()
	rules.ExplicitPath = f.kubeconfig
	overrides := &clientcmd.ConfigOverrides{CurrentContext: f.context}
	if f.as != "" {
		overrides.AuthInfo = api.AuthInfo{Impersonate: f.as, ImpersonateGroups: f.groups()}
	}
	config, err := clientcmd.NewNonInteractiveDeferredLoadingClientConfig(rules, overrides).ClientConfig()
	if clientcmd.IsEmptyConfig(err) {
		return nil, fmt.Errorf("no cluster is known, since %s: name a kubeconfig file with --kubeconfig or in $KUBECONFIG", empty(rules))
	}
	if f.kubeconfig != "" && errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("there is no file %s, which --kubeconfig names", f.kubeconfig)
	}
	if err != nil {
		return nil, fmt.Errorf("reading the kubeconfig: %w", err)
	}
	config.UserAgent = f.UserAgent
	config.QPS = -1 // a command makes a few dozen requests and ends; the API server has its own limits
	return config, nil
}

// empty says why the files in which a cluster would be named say nothing of one.
func empty(rules *clientcmd.ClientConfigLoadingRules) string {
	var missing, others []string
	for _, file := range rules.Precedence {
		if _, err := os.Stat(file); errors.Is(err, fs.ErrNotExist) {
			missing = append(missing, file)
		} else if file != "" {
			others = append(others, file)
		}
	}
	switch {
	case len(others) > 0:
		return strings.Join(others, ", ") + " has no current context, or no cluster"
	case len(missing) == 1:
		return missing[0] + " does not exist"
	case len(missing) > 1:
		return strings.Join(missing, ", ") + " do not exist"
	default:
		return "no file is named"
	}
}

// Contexts returns the names of the contexts in the kubeconfig, as far as it can be read.
func (f *Flags) Contexts() []string {
	rules := clientcmd.NewDefaultClientConfigLoadingRules()
	rules.ExplicitPath = f.kubeconfig
	config, err := rules.Load()
	if err != nil {
		return nil
	}
	return slices.Sorted(maps.Keys(config.Contexts))
}

// Metadata returns a client that reads only the metadata of objects.
func (f *Flags) Metadata() (metadata.Interface, error) {
	config, err := f.Config()
	if err != nil {
		return nil, err
	}
	reader, err := metadata.NewForConfig(config)
	if err != nil {
		return nil, fmt.Errorf("connecting to the cluster: %w", err)
	}
	return reader, nil
}

// Reader returns a client for the objects of a namespace of linkerd-viz: it makes no other
// requests, not even for the kinds of objects that the cluster knows.
func (f *Flags) Reader() (client.Reader, error) {
	config, err := f.Config()
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

// groups are the groups to impersonate. Linkerd passes its own empty list as the text
// "[]" (linkerd2, cli/cmd/check.go).
func (f *Flags) groups() []string {
	return slices.DeleteFunc(slices.Clone(f.asGroups), func(group string) bool { return group == "[]" })
}
