package offline

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/linkerd-gcm/linkerd-gcm/internal/jsonpointer"
	"github.com/linkerd-gcm/linkerd-gcm/internal/manifest"
	"github.com/linkerd-gcm/linkerd-gcm/source"
)

// layer is one of the places that values come from; a later one overrides an earlier one.
type layer struct {
	file, document int
	// pointer leads to the values in the document or, where inText is set, to a text that
	// holds them.
	pointer string
	inText  bool
	// parameters are pointers to single values, by their pointers in the values. They are
	// nil where the layer is a map or a text.
	parameters map[string]string
	content    map[string]any
}

// isOf says whether the layer's values at a path are those of linkerd-viz' Prometheus.
func (l layer) isOf(keys []string) likeness {
	if len(keys) == 0 {
		return ofViz
	}
	prometheus, _, _ := unstructured.NestedFieldNoCopy(l.content, keys...)
	return likenessOf(prometheus)
}

// reaches returns how many tokens of a pointer lead into the layer's values, and whether
// what is there is more than a map of other values, so that no earlier layer has a part in
// it.
func (l layer) reaches(tokens []string) (depth int, own bool) {
	var value any = l.content
	for depth, token := range tokens {
		parent, isMap := value.(map[string]any)
		if !isMap {
			return depth, true
		}
		child, found := parent[token]
		if !found {
			return depth, false
		}
		value = child
	}
	return len(tokens), true
}

// winner returns the layer that a value comes from, in a merge of layers.
func winner(layers []layer, pointer string) layer {
	tokens := jsonpointer.Tokens(pointer)
	if len(tokens) == 0 {
		return layers[len(layers)-1]
	}
	var found layer
	deepest := -1
	for _, l := range slices.Backward(layers) {
		depth, own := l.reaches(tokens)
		if depth > deepest {
			deepest, found = depth, l
		}
		if own {
			return found
		}
	}
	return found
}

// locate returns where a part of a value of the layer is in its file, as Places.At does.
func (l layer) locate(places *manifest.Places, pointer string, in source.Range) (at source.Range, exact bool) {
	switch {
	case l.parameters != nil:
		for parameter, place := range l.parameters {
			if pointer == parameter || strings.HasPrefix(pointer, parameter+"/") {
				return places.At(l.document, place, in)
			}
		}
		at, _ = places.At(l.document, l.pointer, source.Range{})
		return at, false
	case !l.inText:
		return places.At(l.document, l.pointer+pointer, in)
	case pointer == "":
		return places.At(l.document, l.pointer, in)
	}
	text, found := l.text(places)
	if !found {
		return places.At(l.document, l.pointer, source.Range{})
	}
	inner, exactInside := text.file.Places().At(text.document, pointer, in)
	at, exact = places.At(l.document, l.pointer, inner)
	return at, exact && exactInside
}

// valuesText is a text of YAML inside a document, and which of its documents has values.
type valuesText struct {
	file     manifest.File
	document int
}

func (l layer) text(places *manifest.Places) (valuesText, bool) {
	text, _ := places.Text(l.document, l.pointer)
	read, content, _ := readText(text)
	return read, content != nil
}

// readText reads values from a text of YAML. The error is of type manifest.SyntaxErrors
// where it is not valid; the content is nil where nothing of it can be read.
func readText(text string) (read valuesText, content map[string]any, err error) {
	file, err := manifest.Split("", []byte(text))
	var syntax manifest.SyntaxErrors
	if err != nil && !errors.As(err, &syntax) {
		return read, nil, err
	}
	for i, document := range file.Documents {
		if document.JSON == nil {
			continue
		}
		if wrong := json.Unmarshal(document.JSON, &content); wrong != nil {
			return read, nil, fmt.Errorf("the values are not a map: %w", wrong)
		}
		return valuesText{file, i}, content, err
	}
	return read, map[string]any{}, err
}
