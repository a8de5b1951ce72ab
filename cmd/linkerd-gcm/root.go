package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/linkerd-gcm/linkerd-gcm/internal/kubeconfig"
)

// program is the name of the executable, by which Linkerd finds it.
const program = "linkerd-gcm"

// run runs the command line and returns its exit code.
func run(ctx context.Context, streams genericiooptions.IOStreams, args []string) int {
	root := newRoot(streams) //nolint:contextcheck // commands get it from ExecuteContext
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	if err != nil && !errors.Is(err, errFound) {
		for line := range strings.Lines(err.Error() + "\n") {
			fmt.Fprintf(streams.ErrOut, "%s: %s", program, line)
		}
	}
	return exitCode(err)
}

func newRoot(streams genericiooptions.IOStreams) *cobra.Command {
	root := &cobra.Command{
		Use:   program,
		Short: "Export linkerd-viz' metrics to Google Cloud Monitoring",
		Long: `linkerd-gcm makes the Prometheus of linkerd-viz send its metrics to Google Cloud
Monitoring: it adds an exporter to its pods, as the annotations of their namespace
say, and refuses configurations that would silently lose data.

Exit codes: 0 success, 1 failure, 2 wrong usage (an unknown flag, a missing
argument, unreadable input).`,
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.SetIn(streams.In)
	root.SetOut(streams.Out)
	root.SetErr(streams.ErrOut)
	root.SetFlagErrorFunc(flagError)
	c := &kubeconfig.Flags{UserAgent: program + "/" + version}
	c.Register(root.PersistentFlags())
	root.AddCommand(
		newAdvise(streams, c),
		newCheck(streams, c),
		newExport(streams, c),
		newGenerate(streams),
		newInject(streams),
		newInstall(streams),
		newLint(streams, c),
		newStatus(streams, c),
		newUninstall(streams, c),
		newVersion(streams, c),
		newExtensionMetadata(streams),
	)
	completeFlags(root, c)
	root.InitDefaultCompletionCmd()
	for _, cmd := range append(root.Commands(), root) {
		if cmd.Args == nil || cmd.HasSubCommands() {
			cmd.Args = noArguments
		}
		if cmd.HasSubCommands() {
			cmd.RunE = func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
		}
	}
	return root
}
