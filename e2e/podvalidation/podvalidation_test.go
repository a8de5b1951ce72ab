// Package podvalidation asks Kubernetes' own validation about injected pods. It needs no
// API server, and so it can ask about thousands.
package podvalidation

import (
	"encoding/json"
	"math/rand/v2"
	"os"
	"testing"

	jsonpatch "github.com/evanphx/json-patch/v5"

	"github.com/linkerd-gcm/linkerd-gcm/e2e/programs"
	"github.com/linkerd-gcm/linkerd-gcm/inject"
	"github.com/linkerd-gcm/linkerd-gcm/inject/injecttest"
	"github.com/linkerd-gcm/linkerd-gcm/internal/charts"
	"github.com/linkerd-gcm/linkerd-gcm/internal/checkout"
	"github.com/linkerd-gcm/linkerd-gcm/internal/oracle"
)

// TestValidPodsStayValid injects generated pods.
func TestValidPodsStayValid(t *testing.T) {
	if testing.Short() {
		t.Skip("-short builds no programs")
	}
	const count = 5000
	validation := startValidation(t)
	var seeds [][]byte
	for _, file := range charts.Own(t, charts.Pod) {
		seeds = append(seeds, file.Read(t))
	}
	r := rand.New(rand.NewPCG(1, 34))
	injected := 0
	for range count {
		pod, namespace := injecttest.RandomPod(r, seeds[r.IntN(len(seeds))]), injecttest.RandomNamespace(r)
		if validation.Ask(t, pod) != "" {
			continue
		}
		patched := withSidecar(t, namespace, pod)
		if patched == nil {
			continue
		}
		injected++
		if refusal := validation.Ask(t, patched); refusal != "" {
			t.Errorf("a valid pod becomes invalid: %s\n%s\n%s", refusal, pod, patched)
		}
	}
	if injected < count/20 {
		t.Errorf("of %d pods only %d were injected: too few are compared", count, injected)
	}
}

// startValidation starts the program that answers as the API server does.
func startValidation(t *testing.T) *oracle.Oracle {
	t.Helper()
	root, err := checkout.Root()
	if err != nil {
		t.Fatal(err)
	}
	built, err := programs.Ensure(t.Context(), root, os.Stderr, programs.ValidatePod)
	if err != nil {
		t.Fatal(err)
	}
	return oracle.Start(t, built[programs.ValidatePod])
}

// withSidecar returns the pod with the sidecar, or nil where it gets none.
func withSidecar(t *testing.T, namespace injecttest.Namespace, pod []byte) []byte {
	t.Helper()
	raw, err := inject.DecodePod(pod)
	if err != nil {
		t.Fatalf("a valid pod is not decoded: %v\n%s", err, pod)
	}
	decision, err := inject.Decider{Reader: namespace}.DecideRawPod(t.Context(), "linkerd-viz", raw)
	if err != nil {
		t.Fatalf("deciding about a valid pod: %v\n%s", err, pod)
	}
	if len(decision.Operations) == 0 {
		return nil
	}
	operations, err := json.Marshal(decision.Operations)
	if err != nil {
		t.Fatal(err)
	}
	patch, err := jsonpatch.DecodePatch(operations)
	if err != nil {
		t.Fatal(err)
	}
	patched, err := patch.Apply(pod)
	if err != nil {
		t.Fatalf("applying %s: %v\n%s", operations, err, pod)
	}
	return patched
}
