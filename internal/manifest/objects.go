package manifest

import (
	"fmt"
	"strings"

	yamlnode "go.yaml.in/yaml/v3"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/json"
)

// Object is a Kubernetes object in a document: the document itself, or an item
// of the list that it is.
type Object struct {
	unstructured.Unstructured
	// Pointer is the JSON pointer to the object in its document; it is empty for
	// the document itself.
	Pointer string
}

// Objects returns the object of a document, or those of the list that it is. A document
// that is not an object, such as the values of a chart, is returned, too, without a kind.
func (d Document) Objects() []Object {
	var value map[string]any
	if err := json.Unmarshal(d.JSON, &value); err != nil {
		return nil
	}
	return objects(value, "", schema.GroupVersionKind{})
}

// objects reads an object or, as kubectl does, the items of an object whose kind ends in
// List. Items of typed lists, such as a PodList from the API server, have no kind of their
// own.
func objects(value map[string]any, pointer string, implied schema.GroupVersionKind) []Object {
	o := Object{unstructured.Unstructured{Object: value}, pointer}
	if o.GetKind() == "" {
		o.SetGroupVersionKind(implied)
	}
	items, hasItems := value["items"].([]any)
	kind, isList := strings.CutSuffix(o.GetKind(), "List")
	switch {
	case !isList || !hasItems:
		return []Object{o}
	case kind == "":
		implied = schema.GroupVersionKind{}
	default:
		implied = o.GroupVersionKind().GroupVersion().WithKind(kind)
	}
	var all []Object
	for i, item := range items {
		if item, isMap := item.(map[string]any); isMap {
			all = append(all, objects(item, fmt.Sprintf("%s/items/%d", pointer, i), implied)...)
		}
	}
	return all
}

// LineOf returns the line in the file where the object at a pointer starts, or the line of
// the document where there is no such object.
func (d Document) LineOf(pointer string) int {
	var document yamlnode.Node
	if err := yamlnode.Unmarshal(d.Text, &document); err != nil || len(document.Content) == 0 {
		return d.Line
	}
	if node := find(document.Content[0], pointer); node != nil {
		return d.Line + node.Line - 1
	}
	return d.Line
}
