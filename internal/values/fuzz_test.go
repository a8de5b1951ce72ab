package values

import (
	"errors"
	"strings"
	"testing"
)

// FuzzMerge reads any values, from a file and from flags, and puts an image together
// again from its parts.
func FuzzMerge(f *testing.F) {
	f.Add("a: {b: [1, null]}\n", "a.b[0]=2,c=\\,d", "e=1e3", "registry.example.com:5000/i:v1@sha256:12", "https://example.com/")
	f.Add("{\"a\": 1}\n---\nb: 2\n", "a[70000]=1", "a.b.c=x", "i:1", "")
	f.Add("<<: {a: 1}", "=", "a={x,y}", "@", "%zz")
	f.Fuzz(func(t *testing.T, file, set, setString, image, url string) {
		values, err := Given{
			Files: []string{"-"}, Set: []string{set}, SetString: []string{setString}, Image: image, WebhookURL: url,
		}.Merge(strings.NewReader(file))
		if err != nil {
			if Refusal(errors.New(err.Error())).Error() == "" {
				t.Errorf("an error without words: %q", err)
			}
			return
		}
		if url != "" && values["webhookURL"] != url {
			t.Errorf("the URL is %v, want %q", values["webhookURL"], url)
		}
		own, _ := Given{Image: image}.shorthands()["image"].(map[string]any)
		whole, _ := own["repository"].(string)
		for _, part := range []struct{ separator, key string }{{":", "tag"}, {"@", "digest"}} {
			if text, given := own[part.key].(string); given {
				whole += part.separator + text
			}
		}
		if whole != image && whole != strings.TrimSuffix(image, "@") {
			t.Errorf("image %q becomes %v", image, own)
		}
	})
}
