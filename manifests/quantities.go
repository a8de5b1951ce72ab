package manifests

import (
	"fmt"
	"maps"

	"k8s.io/apimachinery/pkg/api/resource"
)

// canonicalQuantities returns the values with the quantities in resources as the API
// server writes them: 1000m becomes "1". Otherwise, a server-side apply after a
// client-side one would conflict: kubectl takes a field over only if its value in the
// cluster is, to the letter, the one that it applied.
//
// The values have passed the schema, which refuses what is not a quantity.
func canonicalQuantities(values map[string]any) map[string]any {
	resources, ok := values["resources"].(map[string]any)
	if !ok {
		return values
	}
	canonical := maps.Clone(resources)
	for kind, of := range resources {
		given, ok := of.(map[string]any)
		if !ok {
			continue
		}
		written := maps.Clone(given)
		for name, value := range given {
			if quantity, err := resource.ParseQuantity(fmt.Sprint(value)); err == nil {
				written[name] = quantity.String()
			}
		}
		canonical[kind] = written
	}
	values = maps.Clone(values)
	values["resources"] = canonical
	return values
}
