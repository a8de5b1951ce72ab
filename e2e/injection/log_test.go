package injection

import (
	"bytes"
	"os"
	"testing"

	corev1 "k8s.io/api/core/v1"
	kjson "sigs.k8s.io/json"
)

// Whoever collects logs reads JSON strictly: a line with a key twice loses a value, or is
// lost as a whole.
func TestEveryLineOfTheLogIsStrictJSON(t *testing.T) {
	n := newNamespace(t, nil)
	n.annotate(annotations())
	n.create(n.prometheus(nil))
	misspelt := n.prometheus(func(p *corev1.Pod) { p.Annotations = map[string]string{"gcm.linkerd.io/inject": "misspelt"} })
	if err := kubernetes.Create(t.Context(), misspelt); err == nil {
		t.Error("a pod with a misspelt annotation is not refused")
	}
	text, err := os.ReadFile(gcm.Log())
	if err != nil {
		t.Fatal(err)
	}
	decisions := 0
	for line := range bytes.Lines(text) {
		var value any
		wrong, err := kjson.UnmarshalStrict(line, &value, kjson.DisallowDuplicateFields)
		if err != nil || len(wrong) > 0 {
			t.Errorf("%v %v in %s", err, wrong, line)
		}
		if fields, _ := value.(map[string]any); fields["outcome"] != nil && fields["namespace"] == n.name {
			decisions++
		}
	}
	if decisions < 3 {
		t.Errorf("the log has %d decisions about namespace %s, want one about the annotations and two about pods:\n%s", decisions, n.name, text)
	}
}
