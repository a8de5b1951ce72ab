package series

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"slices"

	"github.com/linkerd-gcm/linkerd-gcm/monitoring"
)

// Identity stands for a time series in Google Cloud Monitoring: a hash of its metric type,
// kind, value type, labels and monitored resource.
type Identity [16]byte

// String writes the identity in hexadecimal digits.
func (i Identity) String() string { return hex.EncodeToString(i[:]) }

// A Label is one label of a series or of a monitored resource.
type Label struct {
	Name, Value string
}

// A Series is a time series as Google Cloud Monitoring gets it. It never changes.
type Series struct {
	Identity   Identity
	MetricType string
	Kind       monitoring.MetricKind
	Value      monitoring.ValueKind
	// Labels and ResourceLabels are sorted by name.
	Labels         []Label
	Resource       string
	ResourceLabels []Label

	// metric, resource and kinds are what is encoded; the resource may be that of many series.
	metric, resource []byte
	kinds            [kindsSize]byte
}

// New returns a series of the given fields, with its identity and encoding. The labels
// must be sorted by name.
func New(fields Series) *Series { return NewLike(fields, nil) }

// NewLike is New with a series that may be much the same, or nil: what both have in common
// is in memory once.
func NewLike(fields Series, other *Series) *Series {
	s := fields
	if other == nil || s.Resource != other.Resource || !slices.Equal(s.ResourceLabels, other.ResourceLabels) {
		s.resource = s.encodeResource()
	} else {
		s.ResourceLabels, s.resource = other.ResourceLabels, other.resource
		if s.MetricType == other.MetricType {
			s.MetricType = other.MetricType
			if s.Kind == other.Kind && s.Value == other.Value && slices.Equal(s.Labels, other.Labels) {
				return other
			}
		}
	}
	s.metric, s.kinds = s.encodeMetric(), s.encodeKinds()
	hash := sha256.Sum256(s.AppendEncoded(make([]byte, 0, s.EncodedSize())))
	copy(s.Identity[:], hash[:])
	return &s
}

// AppendEncoded appends everything of a google.monitoring.v3.TimeSeries but its points, as
// protobuf, which was made before. It has EncodedSize bytes.
func (s *Series) AppendEncoded(text []byte) []byte {
	return append(append(append(text, s.metric...), s.resource...), s.kinds[:]...)
}

// EncodedSize is how many bytes AppendEncoded appends.
func (s *Series) EncodedSize() int { return len(s.metric) + len(s.resource) + kindsSize }

// Compare sorts series by their resource, then by all else.
func Compare(a, b *Series) int {
	return cmp.Or(bytes.Compare(a.resource, b.resource), bytes.Compare(a.metric, b.metric), bytes.Compare(a.kinds[:], b.kinds[:]))
}
