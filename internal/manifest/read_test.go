package manifest

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestFolders(t *testing.T) {
	root := t.TempDir()
	for _, name := range []string{
		"b.yaml", "a/z.yml", "a/b/c.json", "a/README.md", "a/Kustomization", ".git/x.yaml", "a/.hidden/y.yaml",
		"chart/Chart.yaml", "chart/values.yaml", "chart/templates/t.yaml", "templates/u.yaml",
	} {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte("{}\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(filepath.Join(root, "b.yaml"), filepath.Join(root, "linked.yaml")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(filepath.Join(root, "a"), filepath.Join(root, "linked-folder.yaml")); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		folder string
		want   []string
	}{
		"with folders in it":           {"", []string{"a/Kustomization", "a/b/c.json", "a/z.yml", "b.yaml", "chart/Chart.yaml", "chart/values.yaml", "linked.yaml", "templates/u.yaml"}},
		"that is hidden":               {".git", []string{".git/x.yaml"}},
		"of templates, which is named": {"chart/templates", []string{"chart/templates/t.yaml"}},
	} {
		t.Run(name, func(t *testing.T) {
			files, err := Read([]string{filepath.Join(root, test.folder)}, nil)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, file := range files {
				got = append(got, strings.TrimPrefix(file.Name, root+"/"))
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("files (-want +got):\n%s", diff)
			}
		})
	}
}

func TestLinesAfterAByteOrderMark(t *testing.T) {
	for name, text := range map[string]string{
		"YAML":                    "# a\nkind: Pod\n---\na: b: c\n",
		"YAML behind a separator": "---\nkind: Pod\n---\na: b: c\n",
		"JSON":                    "{\n\"kind\": \"Pod\"}\n---\na: b: c\n",
	} {
		t.Run(name, func(t *testing.T) {
			lines := func(text string) (all []int) {
				file, err := Split("x", []byte(text))
				for _, d := range file.Documents {
					if d.JSON != nil {
						all = append(all, d.Line, d.LineOf(""))
					}
				}
				var syntax SyntaxErrors
				if !errors.As(err, &syntax) {
					t.Fatalf("error %v, want one of syntax", err)
				}
				for _, e := range syntax {
					all = append(all, e.Range.Start.Line)
				}
				return all
			}
			if diff := cmp.Diff(lines(text), lines("\ufeff"+text)); diff != "" {
				t.Errorf("lines (-without +with the mark):\n%s", diff)
			}
		})
	}
}
