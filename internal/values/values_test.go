package values

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestMerge(t *testing.T) {
	file := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(file, []byte("PEM"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		given Given
		want  map[string]any
	}{
		"nothing": {Given{}, map[string]any{}},
		"each flag overrides those before it": {
			Given{Files: []string{"-"}, Set: []string{"b=set,c=set,d=set"}, SetString: []string{"c=1,d=1"}, SetFile: []string{"d=" + file}},
			map[string]any{"a": "file", "b": "set", "c": "1", "d": "PEM"},
		},
		"an image with a tag":             {Given{Image: "r:5000/i:v1"}, map[string]any{"image": map[string]any{"repository": "r:5000/i", "tag": "v1"}}},
		"an image with a port and no tag": {Given{Image: "r:5000/i"}, map[string]any{"image": map[string]any{"repository": "r:5000/i"}}},
		"an image with a tag and a digest": {
			Given{Image: "r/i:v1@sha256:12"},
			map[string]any{"image": map[string]any{"repository": "r/i", "tag": "v1", "digest": "sha256:12"}},
		},
		"a URL overrides a value": {
			Given{Set: []string{"webhookURL=https://a"}, WebhookURL: "https://b"}, map[string]any{"webhookURL": "https://b"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := test.given.Merge(strings.NewReader("a: file\nb: file\nc: file\n"))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("values (-want +got):\n%s", diff)
			}
		})
	}
}

func TestRefusal(t *testing.T) {
	for text, want := range map[string]string{
		"values don't meet the specifications:\n- at '/b/c': want text\n- at '': unknown a\n":                      "value (top level): unknown a\nvalue b.c: want text",
		"execution error at (linkerd-gcm/templates/a.yaml:3:4): set replicas to 2":                                 "set replicas to 2",
		"template: a.yaml:1:2: executing \"a\" at <fail \"x\">: error calling fail: set replicas to 2\nor to more": "set replicas to 2\nor to more",
		"anything else": "anything else",
	} {
		if diff := cmp.Diff(want, Refusal(errors.New(text)).Error()); diff != "" {
			t.Errorf("%q (-want +got):\n%s", text, diff)
		}
	}
}
