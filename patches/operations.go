package patches

import (
	"gomodules.xyz/jsonpatch/v2"

	"github.com/linkerd-gcm/linkerd-gcm/internal/jsonpointer"
)

// extend adds elements to the end of a list. An empty list may be absent or null, and
// nothing can be added to the end of that, so the whole list is added.
func extend[T any](path string, present, more []T) []jsonpatch.Operation {
	if len(more) == 0 {
		return nil
	}
	if len(present) == 0 {
		return []jsonpatch.Operation{jsonpatch.NewOperation("add", path, more)}
	}
	operations := make([]jsonpatch.Operation, 0, len(more))
	for _, element := range more {
		operations = append(operations, jsonpatch.NewOperation("add", path+"/-", element))
	}
	return operations
}

// annotate adds an annotation, and the map that holds it where there is none.
func annotate(present map[string]string, key, value string) jsonpatch.Operation {
	if len(present) == 0 {
		return jsonpatch.NewOperation("add", "/metadata/annotations", map[string]string{key: value})
	}
	return jsonpatch.NewOperation("add", "/metadata/annotations/"+jsonpointer.Escape(key), value)
}
