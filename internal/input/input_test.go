package input

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestRead(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, []byte("12345"), 0o600); err != nil {
		t.Fatal(err)
	}
	r := Reader{Stdin: strings.NewReader("stdin's text")}
	if got, err := r.Read(file, 5); string(got) != "12345" || err != nil {
		t.Errorf("the file: %q, error %v", got, err)
	}
	if _, err := r.Read(file, 4); !errors.Is(err, ErrTooLarge) {
		t.Errorf("a file that is too large: error %v", err)
	}
	if _, err := r.Read(file+"x", 4); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a file that does not exist: error %v", err)
	}
	if got, err := r.Read(Stdin, 100); string(got) != "stdin's text" || err != nil {
		t.Errorf("stdin: %q, error %v", got, err)
	}
	if _, err := r.Read(Stdin, 100); err == nil || err.Error() != "stdin can be read only once" {
		t.Errorf("stdin again: error %v", err)
	}
}
