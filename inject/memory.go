package inject

import (
	"crypto/sha256"
	"encoding/binary"
	"hash"
	"maps"
	"slices"

	lru "github.com/hashicorp/golang-lru/v2"
	corev1 "k8s.io/api/core/v1"
)

// What a Memory holds at most. A decision takes some kilobytes.
const (
	maxDecisions  = 128
	maxSentences  = 100
	maxNamespaces = 256
)

// Memory remembers decisions by all that they depend on: the same question gets the
// same answer with and without a Memory. It also remembers which ConfigMaps a namespace
// has asked for, so that they can be read while its annotations are; they are read
// anew each time. Its size is limited, and it may be used by several goroutines. A nil
// Memory remembers nothing.
type Memory struct {
	decisions *lru.Cache[memoryKey, Decision]
	names     *lru.Cache[string, []string]
}

// memoryKey is the hash of all that a decision about a pod depends on.
type memoryKey [sha256.Size]byte

// NewMemory returns an empty Memory.
func NewMemory() *Memory {
	// The only error is a size that is not positive.
	decisions, _ := lru.New[memoryKey, Decision](maxDecisions)
	names, _ := lru.New[string, []string](maxNamespaces)
	return &Memory{decisions: decisions, names: names}
}

func (m *Memory) decision(key memoryKey) (d Decision, known bool) {
	if m == nil {
		return Decision{}, false
	}
	return m.decisions.Get(key)
}

func (m *Memory) remember(key memoryKey, d Decision) {
	if m == nil || len(d.Problems)+len(d.Warnings) > maxSentences {
		return
	}
	m.decisions.Add(key, d)
}

// configMapNames returns the names of the ConfigMaps that a namespace asked for last.
func (m *Memory) configMapNames(namespace string) []string {
	if m == nil {
		return nil
	}
	names, _ := m.names.Get(namespace)
	return names
}

func (m *Memory) rememberNames(namespace string, names []string) {
	if m != nil {
		m.names.Add(namespace, names)
	}
}

// keyHash hashes values such that no two lists of values have the same hash.
type keyHash struct{ hash.Hash }

func newKeyHash() keyHash { return keyHash{sha256.New()} }

func (h keyHash) key() memoryKey { return memoryKey(h.Sum(nil)) }

func (h keyHash) number(n int) {
	var length [8]byte
	binary.BigEndian.PutUint64(length[:], uint64(n))
	h.Write(length[:])
}

func (h keyHash) bytes(text []byte) {
	h.number(len(text))
	h.Write(text)
}

func (h keyHash) text(text string) { h.bytes([]byte(text)) }

func (h keyHash) list(texts []string) {
	h.number(len(texts))
	for _, text := range texts {
		h.text(text)
	}
}

// texts hashes a map. One that is nil counts as another than one that is empty.
func (h keyHash) texts(texts map[string]string) {
	if texts == nil {
		h.number(-1)
		return
	}
	h.number(len(texts))
	for _, key := range slices.Sorted(maps.Keys(texts)) {
		h.text(key)
		h.text(texts[key])
	}
}

// configMap hashes what a ConfigMap holds. One that does not exist is nil.
func (h keyHash) configMap(configMap *corev1.ConfigMap) {
	if configMap == nil {
		h.number(-1)
		return
	}
	h.texts(configMap.Data)
	h.number(len(configMap.BinaryData))
	for _, key := range slices.Sorted(maps.Keys(configMap.BinaryData)) {
		h.text(key)
		h.bytes(configMap.BinaryData[key])
	}
}
