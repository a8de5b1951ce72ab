package points

import (
	"bytes"
	"crypto/sha256"

	"github.com/prometheus/prometheus/model/labels"

	"github.com/linkerd-gcm/linkerd-gcm/exporter/series"
)

// A key names what a time series belongs to: a series of Prometheus, a classic histogram or
// an aggregation. It is a hash, so that labels need not be in memory twice. The zero key
// names nothing.
type key [16]byte

// keyOf returns the key of a series. The buffer is used, and returned to be used again.
func keyOf(lset labels.Labels, buffer []byte) (key, []byte) {
	buffer = lset.Bytes(buffer[:0])
	return hashed(buffer), buffer
}

// classicKey is the key of a classic histogram, which is not that of any series.
func classicKey(lset labels.Labels) key {
	return hashed(append([]byte("classic"), series.GroupOf(lset).Bytes(nil)...))
}

// aggregationKey is the key of an aggregation.
func aggregationKey(aggregation string) key { return hashed([]byte(aggregation)) }

func hashed(text []byte) key {
	hash := sha256.Sum256(text)
	return key(hash[:len(key{})])
}

// keyFrom returns a key that was saved.
func keyFrom(saved []byte) (k key) {
	copy(k[:], saved)
	return k
}

func (k key) compare(other key) int { return bytes.Compare(k[:], other[:]) }
