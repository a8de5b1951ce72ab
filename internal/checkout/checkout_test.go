package checkout

import (
	"os"
	"path/filepath"
	"testing"
)

func TestRootIsTheFolderOfTheMainModule(t *testing.T) {
	above := t.TempDir()
	root := filepath.Join(above, "repository")
	below := filepath.Join(root, "e2e", "node")
	if err := os.MkdirAll(below, 0o755); err != nil {
		t.Fatal(err)
	}
	for path, text := range map[string]string{
		filepath.Join(above, "go.mod"):       "module example.com/other\n\nrequire " + module + " v1.0.0\n",
		filepath.Join(root, "go.mod"):        "// Our module.\nmodule " + module + "\n",
		filepath.Join(root, "e2e", "go.mod"): "module " + module + "/e2e\n\nrequire (\n\t" + module + " v0.0.0\n)\n",
	} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, folder := range []string{root, below} {
		t.Chdir(folder)
		if got, err := Root(); err != nil || got != root {
			t.Errorf("from %s, the root is %q (error %v), want %s", folder, got, err, root)
		}
	}
	t.Chdir(above)
	if got, err := Root(); err == nil {
		t.Errorf("found the root %s outside of a checkout", got)
	}
}
