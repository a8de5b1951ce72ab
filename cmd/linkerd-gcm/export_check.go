package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/linkerd-gcm/linkerd-gcm/internal/liveroutes"
	"github.com/linkerd-gcm/linkerd-gcm/internal/terminal"
	"github.com/linkerd-gcm/linkerd-gcm/routes"
)

// checkRoute asks the cluster whether the route works, and prints the answers. Where who scrapes
// is not let in after all, the command that prints a policy is the fix, without --no-policy.
func checkRoute(
	ctx context.Context, streams genericiooptions.IOStreams, cluster *liveroutes.Cluster, route routes.Route, request routes.Request, cmd *cobra.Command,
) error {
	if cluster == nil {
		return usagef("--check is given with --viz-version, and a version cannot be asked: leave one of the two out")
	}
	withPolicy := request
	withPolicy.Invocation = invocation(cmd, "no-policy")
	found, err := cluster.Check(ctx, route, request, withPolicy.Apply())
	if err != nil {
		return err
	}
	failed := printResults(streams.Out, terminal.Of(streams.Out, os.Getenv), found)
	if failed {
		return errFound
	}
	return nil
}

// printResults prints what was found out, a fix after the last of the results in a row that it
// is for, and returns whether the route fails.
func printResults(out io.Writer, t terminal.Terminal, found []liveroutes.Result) (failed bool) {
	marks := map[liveroutes.Status]string{
		liveroutes.Works: t.Show(terminal.Green, "√"), liveroutes.Doubtful: t.Show(terminal.Yellow, "‼"), liveroutes.Fails: t.Show(terminal.Red, "×"),
	}
	for i, r := range found {
		const indentation = "  "
		fmt.Fprint(out, marks[r.Status]+" "+strings.TrimPrefix(t.Wrap(r.Text, indentation), indentation))
		if last := i == len(found)-1 || found[i+1].Fix != r.Fix; r.Fix != "" && last {
			fmt.Fprint(out, t.Wrap(r.Fix, indentation+indentation))
		}
		failed = failed || r.Status == liveroutes.Fails
	}
	return failed
}
