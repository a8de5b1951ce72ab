package series

import (
	"crypto/sha256"
	"encoding/hex"

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

	encoded []byte
}

// New returns a series of the given fields, with its identity and encoding. The labels
// must be sorted by name.
func New(fields Series) *Series {
	s := fields
	s.encoded = encode(&s)
	hash := sha256.Sum256(s.encoded)
	copy(s.Identity[:], hash[:])
	return &s
}

// Encoded returns everything of a google.monitoring.v3.TimeSeries but its points, as
// protobuf. It is made once; nobody may change it.
func (s *Series) Encoded() []byte { return s.encoded }
