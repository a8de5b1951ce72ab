package lint

import (
	"strings"

	lru "github.com/hashicorp/golang-lru/v2"

	"github.com/linkerd-gcm/linkerd-gcm/settings"
	"github.com/linkerd-gcm/linkerd-gcm/viz"
)

// What a Memory holds at most. A regular expression takes some thousand times the memory of
// its text in the worst case, if it has no counted repetition, and a configuration some
// times that of its text.
const (
	maxSelectors      = 16
	maxSelectorLength = 128
	maxSelectorBraces = 1

	maxConfigs      = 8
	maxConfigLength = 64 << 10
)

// Memory remembers, by their texts, what most inputs have in common: selectors, of which
// most pods have the default one, and Prometheus' own configuration. An input is checked
// alike with and without it. Its size is limited, and several goroutines may use it at a
// time. A nil Memory remembers nothing.
type Memory struct {
	selectors *lru.Cache[selectorKey, *selectorFacts]
	configs   *lru.Cache[string, readConfig]
}

// readConfig is what reading a configuration of Prometheus has led to.
type readConfig struct {
	config viz.PrometheusConfig
	err    error
}

// NewMemory returns an empty Memory.
func NewMemory() *Memory {
	// The only error is a size that is not positive.
	selectors, _ := lru.New[selectorKey, *selectorFacts](maxSelectors)
	configs, _ := lru.New[string, readConfig](maxConfigs)
	return &Memory{selectors, configs}
}

// selectorKey is a selector and the sidecar that reads it.
type selectorKey struct {
	program settings.Sidecar
	text    string
}

func (m *Memory) selector(program settings.Sidecar, text string) *selectorFacts {
	if m == nil || len(text) > maxSelectorLength || strings.Count(text, "{") > maxSelectorBraces {
		return readFacts(program, text)
	}
	key := selectorKey{program, text}
	if facts, known := m.selectors.Get(key); known {
		return facts
	}
	facts := readFacts(program, text)
	m.selectors.Add(key, facts)
	return facts
}

// prometheusConfig does what viz.ReadPrometheusConfig does. Nobody may change the result.
func (m *Memory) prometheusConfig(text string) (viz.PrometheusConfig, error) {
	if m == nil || len(text) > maxConfigLength {
		return viz.ReadPrometheusConfig(text)
	}
	if read, known := m.configs.Get(text); known {
		return read.config, read.err
	}
	config, err := viz.ReadPrometheusConfig(text)
	m.configs.Add(text, readConfig{config, err})
	return config, err
}
