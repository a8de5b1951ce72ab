package settings

import (
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation"
)

// ObjectKey is one key of a ConfigMap or Secret in the pod's namespace, written
// as name/key.
type ObjectKey struct {
	Name string `json:"name"`
	Key  string `json:"key"`
}

// String returns name/key.
func (k ObjectKey) String() string {
	return k.Name + "/" + k.Key
}

// parseObjectKey reads "name" or "name/key"; a missing key is defaultKey.
func parseObjectKey(value, defaultKey string) (ObjectKey, error) {
	name, key, hasKey := strings.Cut(value, "/")
	if !hasKey {
		key = defaultKey
	}
	if wrong := validation.IsDNS1123Subdomain(name); len(wrong) > 0 {
		return ObjectKey{}, fmt.Errorf("%s is not an object's name (%s); write name or name/key", quoted(name), wrong[0])
	}
	if wrong := validation.IsConfigMapKey(key); len(wrong) > 0 {
		return ObjectKey{}, fmt.Errorf("%s is not a key (%s); write name or name/key", quoted(key), wrong[0])
	}
	return ObjectKey{Name: name, Key: key}, nil
}
