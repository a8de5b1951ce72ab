package main

import (
	"context"
	"strings"
	"time"

	"github.com/spf13/cobra"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/linkerd-gcm/linkerd-gcm/check"
	"github.com/linkerd-gcm/linkerd-gcm/internal/kubeconfig"
	"github.com/linkerd-gcm/linkerd-gcm/internal/report"
	"github.com/linkerd-gcm/linkerd-gcm/lint"
	"github.com/linkerd-gcm/linkerd-gcm/settings"
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
	"version": {"text\tfor people", "json\tfor programs"},
}

// completeFlags makes completion propose the values of flags, by the flags' names.
func completeFlags(root *cobra.Command, c *kubeconfig.Flags) {
	proposals := map[string]func(*cobra.Command) ([]string, cobra.ShellCompDirective){
		"output":  func(cmd *cobra.Command) ([]string, cobra.ShellCompDirective) { return words(outputs[cmd.Name()]) },
		"context": func(*cobra.Command) ([]string, cobra.ShellCompDirective) { return words(c.Contexts()) },
		"namespace": func(cmd *cobra.Command) ([]string, cobra.ShellCompDirective) {
			return words(namespaces(cmd.Context(), c))
		},
		"viz-namespace": func(cmd *cobra.Command) ([]string, cobra.ShellCompDirective) {
			return words(namespaces(cmd.Context(), c))
		},
		"explain": func(*cobra.Command) ([]string, cobra.ShellCompDirective) { return words(ruleIDs()) },
		"disable": func(*cobra.Command) ([]string, cobra.ShellCompDirective) { return words(ruleIDs()) },
		"annotation": func(*cobra.Command) ([]string, cobra.ShellCompDirective) {
			return annotationKeys(), cobra.ShellCompDirectiveNoSpace | cobra.ShellCompDirectiveNoFileComp
		},
	}
	for _, cmd := range append(root.Commands(), root) {
		for name, propose := range proposals {
			if cmd.Flags().Lookup(name) == nil && cmd.PersistentFlags().Lookup(name) == nil {
				continue
			}
			// The only error is that of a flag that is not there.
			_ = cmd.RegisterFlagCompletionFunc(name, func(cmd *cobra.Command, _ []string, _ string) ([]string, cobra.ShellCompDirective) {
				return propose(cmd)
			})
		}
	}
}

func words(all []string) ([]string, cobra.ShellCompDirective) {
	return all, cobra.ShellCompDirectiveNoFileComp
}

func ruleIDs() []string {
	ids := make([]string, 0, len(lint.Rules))
	for _, rule := range lint.Rules {
		ids = append(ids, rule.ID+"\t"+rule.Title)
	}
	return ids
}

// annotationKeys are the keys without their prefix, each with an equals sign.
func annotationKeys() []string {
	keys := make([]string, 0, len(settings.Annotations))
	for _, a := range settings.Annotations {
		keys = append(keys, strings.TrimPrefix(a.Key, settings.Prefix)+"=\t"+a.Doc)
	}
	return keys
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
