// Command demo shows an injection from beginning to end, with a real control plane and
// the webhook: Prometheus before and after the annotations. It asserts nothing, and sends
// nothing to Google.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/go-logr/logr"
	"github.com/spf13/cobra"
	"k8s.io/client-go/tools/clientcmd"
	"sigs.k8s.io/controller-runtime/pkg/log"

	"github.com/linkerd-gcm/linkerd-gcm/e2e/kubeclient"
	"github.com/linkerd-gcm/linkerd-gcm/internal/checkout"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := newCommand().ExecuteContext(ctx)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "demo:", err)
		os.Exit(1)
	}
}

func newCommand() *cobra.Command {
	var onNode bool
	var dir string
	var port int
	demo := &cobra.Command{
		Use: "demo", Short: "Show an injection on the control plane that `make cluster-up` started",
		Args: cobra.NoArgs, SilenceUsage: true, SilenceErrors: true,
		RunE: func(command *cobra.Command, _ []string) error {
			if onNode {
				d, err := newDemo(command, dir, filepath.Join(".cluster", "node"), "make node-up")
				if err != nil {
					return err
				}
				return d.runOnNode(command.Context())
			}
			d, err := newDemo(command, dir, ".cluster", "make cluster-up")
			if err != nil {
				return err
			}
			return d.run(command.Context())
		},
	}
	demo.Flags().BoolVar(&onNode, "node", false, "show it on the node that `make node-up` started, on which containers run")
	demo.PersistentFlags().StringVar(&dir, "dir", "", "folder for the cluster's state (default .cluster in the repository's root, or .cluster/node with a node)")
	injector := &cobra.Command{
		Use: "injector", Short: "Run the injector as long as the control plane runs; demo does this in the background",
		Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			d, err := newDemo(command, dir, ".cluster", "make cluster-up")
			if err != nil {
				return err
			}
			return d.runInjector(command.Context(), port)
		},
	}
	injector.Flags().IntVar(&port, "port", 0, "port for admission requests")
	demo.AddCommand(injector)
	return demo
}

// demo is one run of the demonstration.
type demo struct {
	*kubeclient.Cluster
	stage
	dir string // of the control plane's state

	// What is different on a node: the flags of generate, annotations, and the flags of
	// helm.
	injector      string // its image
	generateFlags []string
	annotations   map[string]string
	helmFlags     string
}

// newDemo reads the state of a cluster from a folder, by default one in the repository's
// root. The parameter start is the command that starts the cluster, for the error message.
func newDemo(command *cobra.Command, dir, folder, start string) (*demo, error) {
	log.SetLogger(logr.Discard())
	root, err := checkout.Root()
	if err != nil {
		return nil, err
	}
	if dir == "" {
		dir = filepath.Join(root, folder)
	}
	kubeconfig := filepath.Join(dir, "kubeconfig")
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w; start the cluster with: %s", kubeconfig, err, start)
	}
	client, err := kubeclient.New(config, kubeconfig)
	if err != nil {
		return nil, err
	}
	return &demo{Cluster: client, stage: stage{out: command.OutOrStdout(), root: root}, dir: dir}, nil
}
