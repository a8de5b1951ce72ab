package certs

import (
	"crypto/tls"
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
)

// TestOperationsNameEveryMetric compares docs/operations.md with the metrics of this
// package.
func TestOperationsNameEveryMetric(t *testing.T) {
	text, err := os.ReadFile("../docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	registry := prometheus.NewRegistry()
	registry.MustRegister(newRepairs(), newExpiry(func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return nil, errors.New("no certificate yet") }))
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, family := range families {
		words := []string{family.GetName()}
		for _, metric := range family.GetMetric() {
			for _, label := range metric.GetLabel() {
				words = append(words, label.GetName(), label.GetValue())
			}
		}
		for _, word := range words {
			if !strings.Contains(string(text), "`"+word+"`") {
				t.Errorf("docs/operations.md does not say what `%s` means", word)
			}
		}
	}
}
