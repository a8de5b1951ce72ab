package check

import (
	"context"
	"fmt"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/linkerd-gcm/linkerd-gcm/internal/names"
)

var namespaceLabelCheck = Check{
	ID: "namespace-label", Category: injectorCategory, Severity: Error, Stage: Installed,
	Description: "the namespace is labelled as an extension of Linkerd",
	Means:       "`linkerd gcm uninstall` would leave the namespace behind, and `linkerd check` does not see that the extension is installed. Helm creates namespaces without labels.",
	Do:          "`kubectl label namespace linkerd-gcm linkerd.io/extension=gcm`",
	run:         namespaceIsLabelled,
}

func namespaceIsLabelled(ctx context.Context, r *runContext) error {
	namespace, err := r.presentNamespace(ctx)
	if err != nil {
		return err
	}
	return judgeLabels(namespace, names.ExtensionLabel+"="+names.Extension)
}

// judgeLabels names the labels that a namespace should have, and has not.
func judgeLabels(namespace *metav1.PartialObjectMetadata, labels ...string) error {
	var missing []string
	for _, label := range labels {
		key, value, _ := strings.Cut(label, "=")
		if namespace.Labels[key] != value {
			missing = append(missing, label)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	return fmt.Errorf("namespace %s is not labelled %s: run kubectl label --overwrite namespace %[1]s %[3]s",
		namespace.Name, strings.Join(missing, " and "), strings.Join(missing, " "))
}
