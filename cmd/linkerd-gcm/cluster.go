package main

import (
	"github.com/spf13/pflag"
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
