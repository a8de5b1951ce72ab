package patches

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"

	"github.com/linkerd-gcm/linkerd-gcm/internal/excerpt"
	"github.com/linkerd-gcm/linkerd-gcm/settings"
)

// Record says on the pod what was added to it, by which version, and from what.
// It is the value of the annotation gcm.linkerd.io/status.
type Record struct {
	// Version is the version of the injector.
	Version string `json:"version"`
	// Hash is the hash of the settings and of the ConfigMaps' texts. A pod with another
	// hash than a new one would get has an outdated configuration.
	Hash string `json:"hash"`
	// Settings are the annotations that it was made from, as settings.Given returns them;
	// long values are shortened.
	Settings map[string]string `json:"settings,omitempty"`
	// ConfigMaps are the hashes of the single texts, by name/key.
	ConfigMaps map[string]string `json:"configMaps,omitempty"`
	// Containers and Volumes are the names of what was added; Mounts are the paths of
	// what was added to the Prometheus container.
	Containers []string `json:"containers"`
	Volumes    []string `json:"volumes"`
	Mounts     []string `json:"mounts,omitempty"`
}

// ConfigMaps are the texts of the ConfigMaps' keys that a pod is to mount. A key that
// could not be read is absent.
type ConfigMaps map[settings.ObjectKey]string

// Hash returns the hashes of the texts that are read once, when the pod starts, by name/key,
// and the hash of the settings together with these texts.
func Hash(s settings.Settings, texts ConfigMaps) (whole string, single map[string]string, err error) {
	single = map[string]string{}
	for _, key := range s.TextsUntilRestart() {
		if text, known := texts[key]; known {
			single[key.String()] = digest([]byte(text))
		}
	}
	canonical, err := json.Marshal(struct {
		Settings   settings.Settings `json:"settings"`
		ConfigMaps map[string]string `json:"configMaps"`
	}{asBefore(s), single})
	if err != nil {
		return "", nil, fmt.Errorf("hashing the settings: %w", err)
	}
	return digest(canonical), single, nil
}

// asBefore returns settings as they are hashed: without what versions that had one sidecar did
// not know, where it is what they did, so that their pods are not outdated by an upgrade.
func asBefore(s settings.Settings) settings.Settings {
	if s.Sidecar == settings.Stackdriver {
		s.Sidecar, s.Destination = "", ""
	}
	return s
}

// maxRecordedValue is how many characters of an annotation's value are recorded: an
// object's annotations have 256 KiB together.
const maxRecordedValue = 200

// Recorded are settings as a Record holds them.
func Recorded(s settings.Settings) map[string]string {
	recorded := s.Given()
	for key, value := range recorded {
		recorded[key] = excerpt.Characters(value, maxRecordedValue)
	}
	return recorded
}

// digest keeps half of SHA-256: enough to tell texts apart, short enough to read.
func digest(text []byte) string {
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:16])
}
