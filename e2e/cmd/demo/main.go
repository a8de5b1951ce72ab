// Command demo shows an injection from beginning to end, with a real control plane and
// the webhook: Prometheus before and after the annotations, and, on a node, the points that
// arrive in an emulator of Google Cloud Monitoring. It asserts nothing, and sends nothing to
// Google.
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
	"github.com/linkerd-gcm/linkerd-gcm/e2e/stage"
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
	root := &cobra.Command{
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
	root.Flags().BoolVar(&onNode, "node", false, "show it on the node that `make node-up` started, on which containers run")
	root.PersistentFlags().StringVar(&dir, "dir", "", "folder for the cluster's state (default .cluster in the repository's root, or .cluster/node with a node)")
	for _, background := range []struct {
		use, short, folder string
		run                func(*demo, context.Context, int) error
	}{
		{"injector", "Run the injector as long as the control plane runs; demo does this in the background", ".cluster", (*demo).runInjector},
		{"page", "Serve the page of Google's emulator as long as the node runs; demo does this in the background", filepath.Join(".cluster", "node"), (*demo).runPage},
	} {
		sub := &cobra.Command{
			Use: background.use, Short: background.short, Args: cobra.NoArgs,
			RunE: func(command *cobra.Command, _ []string) error {
				d, err := newDemo(command, dir, background.folder, "make demo")
				if err != nil {
					return err
				}
				return background.run(d, command.Context(), port)
			},
		}
		sub.Flags().IntVar(&port, "port", 0, "port to listen on, of the loopback interface")
		root.AddCommand(sub)
	}
	return root
}

// demo is one run of the demonstration.
type demo struct {
	*kubeclient.Cluster
	stage.Stage
	dir string // of the control plane's state

	// What is different on a node: the image of linkerd-gcm, annotations, the flags of helm,
	// and the page of Google's emulator.
	image       string
	annotations map[string]string
	helmFlags   string
	page        string
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
	return &demo{Cluster: client, Stage: stage.Stage{Out: command.OutOrStdout(), Root: root}, dir: dir}, nil
}
