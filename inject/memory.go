package inject

import (
	"crypto/sha256"

	lru "github.com/hashicorp/golang-lru/v2"

	"github.com/linkerd-gcm/linkerd-gcm/lint"
)

// What a Memory holds at most. A decision takes some kilobytes.
const (
	maxDecisions  = 128
	maxSentences  = 100
	maxNamespaces = 256
)

// Memory remembers decisions by all that they depend on: the same question gets the
// same answer with and without a Memory. It remembers in the same way which ConfigMaps
// annotations name, and which of them a namespace has asked for last, so that they can be
// read while its annotations are; they are read anew each time. And it remembers some texts
// of which the linter knows already what they say. Its size is limited, and
// it may be used by several goroutines. A nil Memory remembers nothing.
type Memory struct {
	decisions *lru.Cache[memoryKey, Decision]
	names     *lru.Cache[memoryKey, []string]
	last      *lru.Cache[string, []string]
	texts     *lint.Memory
}

// memoryKey is the hash of a question.
type memoryKey [sha256.Size]byte

// NewMemory returns an empty Memory.
func NewMemory() *Memory {
	// The only error is a size that is not positive.
	decisions, _ := lru.New[memoryKey, Decision](maxDecisions)
	names, _ := lru.New[memoryKey, []string](maxDecisions)
	last, _ := lru.New[string, []string](maxNamespaces)
	return &Memory{decisions: decisions, names: names, last: last, texts: lint.NewMemory()}
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

// configMapNames returns the names of the ConfigMaps that the annotations of a question
// name, from read if they are not remembered, and remembers them for the namespace.
func (m *Memory) configMapNames(q *questionHash, namespace string, read func() []string) []string {
	if m == nil || q == nil {
		return read()
	}
	key := q.key()
	names, remembered := m.names.Get(key)
	if !remembered {
		names = read()
		m.names.Add(key, names)
	}
	m.last.Add(namespace, names)
	return names
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
