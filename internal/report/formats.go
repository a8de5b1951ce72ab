package report

import (
	"fmt"
	"strings"

	"github.com/linkerd-gcm/linkerd-gcm/internal/spelling"
)

// Format is a way to print a T, by the name that --output has for it.
type Format[T any] struct {
	Name, Doc string
	Print     func(T) ([]byte, error)
}

// Formats are all ways to print a T, the default first.
type Formats[T any] []Format[T]

// Named returns the format of that name. An error names the nearest one.
func (f Formats[T]) Named(name string) (Format[T], error) {
	var names []string
	for _, format := range f {
		if format.Name == name {
			return format, nil
		}
		names = append(names, format.Name)
	}
	return Format[T]{}, fmt.Errorf("--output is %q; did you mean %q? The formats are %s", name, spelling.Nearest(name, names), strings.Join(names, ", "))
}

// Words are the names of the formats, each with what it is for after a tab, as completion
// wants them.
func (f Formats[T]) Words() []string {
	words := make([]string, 0, len(f))
	for _, format := range f {
		words = append(words, format.Name+"\t"+format.Doc)
	}
	return words
}

// Usage describes the formats in the help of --output.
func (f Formats[T]) Usage() string {
	var names []string
	for _, format := range f {
		names = append(names, fmt.Sprintf("%s (%s)", format.Name, format.Doc))
	}
	return strings.Join(names, ", ")
}
