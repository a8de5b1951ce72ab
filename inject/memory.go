package inject

import (
	"crypto/sha256"

	lru "github.com/hashicorp/golang-lru/v2"

	"github.com/linkerd-gcm/linkerd-gcm/lint"
	"github.com/linkerd-gcm/linkerd-gcm/settings"
)

// What a Memory holds at most. A decision takes some kilobytes.
const (
	maxDecisions  = 128
	maxSentences  = 100
	maxNamespaces = 256
	// maxAnnotations is the length of annotations, in bytes, that are remembered as the
	// settings that they make, which may take some times the memory.
	maxAnnotations = 4 << 10
)

// Memory remembers decisions by all that they depend on: the same question gets the
// same answer with and without a Memory. It remembers in the same way which settings
// annotations make, and which ConfigMaps a namespace has asked for last, so that they can be
// read while its annotations are; they are read anew each time. And it remembers some texts
// of which the linter knows already what they say. Its size is limited, and
// it may be used by several goroutines. A nil Memory remembers nothing.
type Memory struct {
	decisions *lru.Cache[memoryKey, Decision]
	parsed    *lru.Cache[memoryKey, settings.Settings]
	last      *lru.Cache[string, []string]
	texts     *lint.Memory
}

// memoryKey is the hash of a question.
type memoryKey [sha256.Size]byte

// NewMemory returns an empty Memory.
func NewMemory() *Memory {
	// The only error is a size that is not positive.
	decisions, _ := lru.New[memoryKey, Decision](maxDecisions)
	parsed, _ := lru.New[memoryKey, settings.Settings](maxDecisions)
	last, _ := lru.New[string, []string](maxNamespaces)
	return &Memory{decisions: decisions, parsed: parsed, last: last, texts: lint.NewMemory()}
}

// decision returns the answer to a question, from decide if it is not remembered. An error
// is not remembered.
func (m *Memory) decision(q *questionHash, decide func() (Decision, error)) (Decision, error) {
	if m == nil || q == nil {
		return decide()
	}
	key := q.key()
	if known, remembered := m.decisions.Get(key); remembered {
		return known, nil
	}
	d, err := decide()
	if err == nil && len(d.Problems)+len(d.Warnings) <= maxSentences {
		m.decisions.Add(key, d)
	}
	return d, err
}

// settings returns what the annotations of a question make, from parse if that is not
// remembered. Nobody may change the result. What has problems is not remembered.
func (m *Memory) settings(q *questionHash, parse func() (settings.Settings, []settings.Diagnostic)) (settings.Settings, []settings.Diagnostic) {
	if m == nil || q == nil || q.length > maxAnnotations {
		return parse()
	}
	key := q.key()
	if known, remembered := m.parsed.Get(key); remembered {
		return known, nil
	}
	s, problems := parse()
	if len(problems) == 0 {
		m.parsed.Add(key, s)
	}
	return s, problems
}

// asked remembers the names of the ConfigMaps that a namespace asks for.
func (m *Memory) asked(namespace string, names []string) {
	if m != nil {
		m.last.Add(namespace, names)
	}
}

// lintMemory returns what the linter remembers.
func (m *Memory) lintMemory() *lint.Memory {
	if m == nil {
		return nil
	}
	return m.texts
}

// lastNames returns the names of the ConfigMaps that a namespace asked for last; none if it
// has not asked.
func (m *Memory) lastNames(namespace string) []string {
	if m == nil {
		return nil
	}
	names, asked := m.last.Get(namespace)
	if !asked {
		return nil
	}
	return withPrometheusOwn(names)
}
