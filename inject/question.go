package inject

import (
	"crypto/sha256"
	"encoding/binary"
	"hash"
	"maps"
	"slices"

	corev1 "k8s.io/api/core/v1"
)

// questionHash is all that a decision about a pod depends on, hashed step by step. It is nil
// where nothing is remembered, or where the text of the pod's spec is not known.
type questionHash struct{ *keyHash }

// ask begins a question with what decides which ConfigMaps are read: the annotations, and
// what holds for all pods.
func (d Decider) ask(p *RawPod, annotations map[string]string) *questionHash {
	if d.Memory == nil || p.spec == nil {
		return nil
	}
	h := newKeyHash()
	h.text(d.Version)
	h.text(d.Defaults.SidecarImage)
	h.list(d.Defaults.AllowedImages.Texts())
	h.texts(ours(annotations))
	h.texts(p.Metadata.Annotations)
	return &questionHash{h}
}

// add completes a question with everything else.
func (q *questionHash) add(p *RawPod, namespace string, files configMaps) {
	if q == nil {
		return
	}
	q.text(namespace)
	q.text(PodName(&p.Metadata))
	q.texts(p.Metadata.Labels)
	q.bytes(p.spec)
	q.number(len(files))
	for _, name := range slices.Sorted(maps.Keys(files)) {
		q.text(name)
		q.configMap(files[name])
	}
}

// keyHash hashes values such that no two lists of values have the same hash.
type keyHash struct {
	hash hash.Hash
	// length is how many bytes were hashed.
	length int
	// buffer is what was not given to hash yet: most values are short, and each call takes
	// as long as a hundred bytes.
	buffer [512]byte
	filled int
}

func newKeyHash() *keyHash { return &keyHash{hash: sha256.New()} }

// key returns the hash of the values so far.
func (h *keyHash) key() (key memoryKey) {
	h.flush()
	h.hash.Sum(key[:0])
	return key
}

func (h *keyHash) flush() {
	h.hash.Write(h.buffer[:h.filled])
	h.filled = 0
}

func (h *keyHash) number(n int) {
	var length [8]byte
	binary.BigEndian.PutUint64(length[:], uint64(n))
	write(h, length[:])
}

func (h *keyHash) bytes(text []byte) {
	h.number(len(text))
	write(h, text)
}

func (h *keyHash) text(text string) {
	h.number(len(text))
	write(h, text)
}

func write[T string | []byte](h *keyHash, text T) {
	h.length += len(text)
	for len(text) > 0 {
		if h.filled == len(h.buffer) {
			h.flush()
		}
		n := copy(h.buffer[h.filled:], text)
		h.filled += n
		text = text[n:]
	}
}

func (h *keyHash) list(texts []string) {
	h.number(len(texts))
	for _, text := range texts {
		h.text(text)
	}
}

// texts hashes a map. One that is nil counts as another than one that is empty.
func (h *keyHash) texts(texts map[string]string) {
	if texts == nil {
		h.number(-1)
		return
	}
	h.number(len(texts))
	keys := slices.AppendSeq(make([]string, 0, len(texts)), maps.Keys(texts))
	slices.Sort(keys)
	for _, key := range keys {
		h.text(key)
		h.text(texts[key])
	}
}

// configMap hashes what a ConfigMap holds. One that does not exist is nil.
func (h *keyHash) configMap(configMap *corev1.ConfigMap) {
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
