package inject

import (
	"encoding/json"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/linkerd-gcm/linkerd-gcm/inject/injecttest"
	"github.com/linkerd-gcm/linkerd-gcm/internal/charts"
	"github.com/linkerd-gcm/linkerd-gcm/settings"
)

// question is what a decision is asked for.
type question struct {
	pod       []byte
	namespace injecttest.Namespace
}

// answer is the decision about a question, or the error in its place.
type answer struct {
	Decision Decision
	Err      string
}

func (q question) ask(t *testing.T, memory *Memory) answer {
	t.Helper()
	raw, err := DecodePod(q.pod)
	if err != nil {
		return answer{Err: err.Error()}
	}
	d, err := Decider{Reader: q.namespace, Version: "v1.2.3", Memory: memory}.DecideRawPod(t.Context(), "linkerd-viz", raw)
	if err != nil {
		return answer{d, err.Error()}
	}
	return answer{Decision: d}
}

// checkMemory asks questions in an order, and wants from one Memory what comes without.
func checkMemory(t *testing.T, questions []question, order []byte) {
	t.Helper()
	memory := NewMemory()
	for i, n := range order {
		q := questions[int(n)%len(questions)]
		if diff := cmp.Diff(q.ask(t, nil), q.ask(t, memory), cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("question %d of %v (-without a memory +with one):\n%s\nthe pod:\n%s", i, order, diff, q.pod)
		}
	}
}

// FuzzMemory asks about any two pods, each in two namespaces that differ by an annotation
// and by the rules, in any order.
func FuzzMemory(f *testing.F) {
	two := strings.Replace(podJSON("", container), `"spec":`, `"spec":{"securityContext":{"runAsUser":0}},"spec":`, 1)
	badStatus := strings.Replace(podJSON("", container), `"spec":`, `"status":[],"spec":`, 1)
	for _, other := range []string{two, badStatus, podJSON(`{"gcm.linkerd.io/inject":"disabled"}`, container), podJSON("null", container), "{}"} {
		for _, order := range []string{"\x00\x01\x02\x03\x00\x01", "\x03\x02\x01\x00"} {
			f.Add([]byte(podJSON("", container)), []byte(other), settings.Include, "up", injecttest.Rules, "groups: [", []byte(order))
		}
	}
	f.Fuzz(func(t *testing.T, pod, other []byte, annotation, value, rules, otherRules string, order []byte) {
		const longest = 12
		if len(order) > longest {
			return
		}
		var questions []question
		for _, text := range [][]byte{pod, other} {
			first := injecttest.Namespace{Annotations: injecttest.Located(), ConfigMaps: injecttest.ConfigMaps(injecttest.Config)}
			first.ConfigMaps[settings.DefaultRulesConfigMap].Data["recording_rules.yml"] = rules
			second := injecttest.Namespace{Annotations: injecttest.Located(annotation, value), ConfigMaps: injecttest.ConfigMaps(injecttest.Config)}
			second.ConfigMaps[settings.DefaultRulesConfigMap].Data["recording_rules.yml"] = otherRules
			questions = append(questions, question{text, first}, question{text, second})
		}
		checkMemory(t, questions, order)
	})
}

// FuzzGeneratedMemory asks about pods that differ little, in namespaces that differ
// little, some of them twice. The numbers decide what they are.
func FuzzGeneratedMemory(f *testing.F) {
	for seed := range uint64(20) {
		f.Add(seed, seed)
	}
	var pods [][]byte
	for _, file := range charts.Own(f, charts.Pod) {
		pods = append(pods, file.Read(f))
	}
	f.Fuzz(func(t *testing.T, first, second uint64) {
		r := rand.New(rand.NewPCG(first, second))
		base := injecttest.RandomPod(r, pods[r.IntN(len(pods))])
		namespaces := []injecttest.Namespace{injecttest.RandomNamespace(r), injecttest.RandomNamespace(r)}
		var questions []question
		for range 4 {
			pod := injecttest.RandomPod(r, base)
			if !json.Valid(pod) {
				t.Fatalf("not JSON: %s", pod)
			}
			for _, namespace := range namespaces {
				questions = append(questions, question{pod, namespace})
			}
		}
		order := make([]byte, 12)
		for i := range order {
			order[i] = byte(r.IntN(len(questions)))
		}
		checkMemory(t, questions, order)
	})
}
