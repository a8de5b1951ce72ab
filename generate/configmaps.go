package generate

import (
	"bytes"
	"fmt"

	"go.yaml.in/yaml/v3"

	"github.com/linkerd-gcm/linkerd-gcm/internal/names"
	"github.com/linkerd-gcm/linkerd-gcm/settings"
)

// configMap is a ConfigMap with its fields in the order in which people read them.
type configMap struct {
	APIVersion string            `yaml:"apiVersion"`
	Kind       string            `yaml:"kind"`
	Metadata   metadata          `yaml:"metadata"`
	Data       map[string]string `yaml:"data"`
}

type metadata struct {
	Name      string            `yaml:"name"`
	Namespace string            `yaml:"namespace"`
	Labels    map[string]string `yaml:"labels"`
}

// A file is a text in a ConfigMap.
type file struct {
	key  settings.ObjectKey
	text string
}

// ConfigMaps returns both ConfigMaps as a stream of YAML documents, under the names
// and keys that the annotations have by default. Because of their label, the
// validating webhook checks them one after the other when they are applied. The new
// names come first, because it refuses rules that record metrics without a new name.
func ConfigMaps(namespace, rulesText, configText string) ([]byte, error) {
	defaults, _ := settings.Parse(nil, nil, settings.Defaults{})
	return encode(namespace, file{defaults.SidecarConfig, configText}, file{defaults.RecordingRules[0], rulesText})
}

// ConfigMap returns the one with the sidecar's configuration alone.
func ConfigMap(namespace, configText string) ([]byte, error) {
	defaults, _ := settings.Parse(nil, nil, settings.Defaults{})
	return encode(namespace, file{defaults.SidecarConfig, configText})
}

func encode(namespace string, files ...file) ([]byte, error) {
	var b bytes.Buffer
	encoder := yaml.NewEncoder(&b)
	encoder.SetIndent(2)
	for _, f := range files {
		err := encoder.Encode(configMap{"v1", "ConfigMap",
			metadata{f.key.Name, namespace, map[string]string{names.ExtensionLabel: names.Extension}},
			map[string]string{f.key.Key: f.text}})
		if err != nil {
			return nil, fmt.Errorf("writing ConfigMap %s: %w", f.key.Name, err)
		}
	}
	if err := encoder.Close(); err != nil {
		return nil, fmt.Errorf("writing the ConfigMaps: %w", err)
	}
	return b.Bytes(), nil
}
