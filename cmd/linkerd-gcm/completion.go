package main

import (
	"context"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/linkerd-gcm/linkerd-gcm/check"
	"github.com/linkerd-gcm/linkerd-gcm/internal/exports"
	"github.com/linkerd-gcm/linkerd-gcm/internal/kubeconfig"
	"github.com/linkerd-gcm/linkerd-gcm/internal/report"
	"github.com/linkerd-gcm/linkerd-gcm/lint"
	"github.com/linkerd-gcm/linkerd-gcm/routes"
	"github.com/linkerd-gcm/linkerd-gcm/settings"
	"github.com/linkerd-gcm/linkerd-gcm/viz"
)

// completionDeadline bounds how long the cluster may take to answer while somebody waits
// for a shell.
const completionDeadline = 2 * time.Second

// outputs are the values of --output, by command, each with what it is for.
var outputs = map[string][]string{
	"check":   check.Forms(),
	"inject":  report.Injections.Words(),
	"install": {"yaml", "json"},
	"lint":    report.Findings.Words(),
	"status":  exports.Forms(),
	"version": {"text\tfor people", "json\tfor programs"},
}

// completeFlags makes completion propose the values of flags, by the flags' names.
func completeFlags(root *cobra.Command, c *kubeconfig.Flags) {
	outputsOf := func(cmd *cobra.Command) []string {
		if cmd.Parent().Name() == exportCommand {
			return exportOutputs
		}
		return outputs[cmd.Name()]
	}
	rules := func(*cobra.Command) []string { return ruleIDs() }
	namespaces := func(cmd *cobra.Command) []string { return namespaces(cmd.Context(), c) }
	proposals := map[string]cobra.CompletionFunc{
		"output":        words(outputsOf),
		"context":       words(func(*cobra.Command) []string { return c.Contexts() }),
		"namespace":     words(namespaces),
		"viz-namespace": words(namespaces),
		"sidecar":       words(func(*cobra.Command) []string { return sidecars }),
		"explain":       words(rules),
		"disable":       words(rules),
		"annotation":    annotations,

		"recorded":       words(func(*cobra.Command) []string { return recordedChoices }),
		"metrics":        words(func(*cobra.Command) []string { return metricSets() }),
		"viz-version":    words(func(*cobra.Command) []string { return releases() }),
		"deny-namespace": words(namespaces),
	}
	for _, cmd := range all(root) {
		for name, propose := range proposals {
			if cmd.Flags().Lookup(name) == nil && cmd.PersistentFlags().Lookup(name) == nil {
				continue
			}
			// The only error is that of a flag that is not there.
			_ = cmd.RegisterFlagCompletionFunc(name, propose)
		}
	}
}

// all returns a command and those below it.
func all(cmd *cobra.Command) []*cobra.Command {
	commands := []*cobra.Command{cmd}
	for _, child := range cmd.Commands() {
		commands = append(commands, all(child)...)
	}
	return commands
}

// exportOutputs are the values of --output of every route.
var exportOutputs = []string{
	string(routes.All) + "\tfor people",
	string(routes.ConfigPart) + "\tfor a configuration file",
	string(routes.ObjectsPart) + "\tfor kubectl apply",
}

// recordedChoices are the values of --recorded.
var recordedChoices = []string{
	string(routes.WithoutRecorded) + "\twhat the proxies and controllers serve",
	string(routes.WithRecorded) + "\tand what recording rules make of it",
	string(routes.OnlyRecorded) + "\twhat recording rules make",
}

// releases are those of linkerd-viz, the newest first.
func releases() []string {
	var names []string
	for _, r := range slices.Backward(viz.Releases) {
		names = append(names, r.Name)
	}
	return names
}

// words proposes whole values, and no files.
func words(all func(*cobra.Command) []string) cobra.CompletionFunc {
	return func(cmd *cobra.Command, _ []string, _ string) ([]string, cobra.ShellCompDirective) {
		return all(cmd), cobra.ShellCompDirectiveNoFileComp
	}
}

func ruleIDs() []string {
	ids := make([]string, 0, len(lint.Rules))
	for _, rule := range lint.Rules {
		ids = append(ids, rule.ID+"\t"+rule.Title)
	}
	return ids
}

// wordsOnly matches the description of an annotation's values that is a list of them.
var wordsOnly = regexp.MustCompile("^`[^`/]+`((, | or )`[^`/]+`)+$")

// annotations proposes keys, each with an equals sign, and behind it the values of those
// that take a word of a list. The prefix is proposed only to those who have begun with it.
func annotations(_ *cobra.Command, _ []string, begun string) ([]string, cobra.ShellCompDirective) {
	prefix := ""
	if strings.HasPrefix(begun, settings.Prefix) {
		prefix = settings.Prefix
	}
	var keys, values []string
	for _, a := range settings.Annotations {
		key := prefix + strings.TrimPrefix(a.Key, settings.Prefix) + "="
		keys = append(keys, key+"\t"+a.Doc)
		if strings.HasPrefix(begun, key) && wordsOnly.MatchString(a.Values) {
			for i, word := range strings.Split(a.Values, "`") {
				if i%2 == 1 {
					values = append(values, key+word)
				}
			}
		}
	}
	if strings.Contains(begun, "=") {
		return values, cobra.ShellCompDirectiveNoFileComp
	}
	return keys, cobra.ShellCompDirectiveNoSpace | cobra.ShellCompDirectiveNoFileComp
}

// namespaces are those of the cluster, as far as they may be read.
func namespaces(ctx context.Context, c *kubeconfig.Flags) []string {
	ctx, cancel := context.WithTimeout(ctx, completionDeadline)
	defer cancel()
	client, err := c.Metadata()
	if err != nil {
		return nil
	}
	found, err := client.Resource(schema.GroupVersionResource{Version: "v1", Resource: "namespaces"}).List(ctx, metav1.ListOptions{})
	if err != nil {
		return nil
	}
	names := make([]string, 0, len(found.Items))
	for _, namespace := range found.Items {
		names = append(names, namespace.Name)
	}
	return names
}
