package routes

import (
	"strings"
	"testing"
)

func TestURLs(t *testing.T) {
	for _, text := range []string{
		"https://mimir.example.com/api/v1/push",
		"https://store.example.com/api/v1/write?db=linkerd&u=writer",
		"https://store.example.com/streams/a/api/v1/write?api-version=2023-04-24",
		"https://store.example.com/write?extra_label=monkey%3Dtoken&tenant=a",
	} {
		if got, err := ParseURL(text); err != nil || got != text {
			t.Errorf("%q is %q, error %v", text, got, err)
		}
	}
	for _, text := range []string{"", "mimir", "ftp://a/b", "https://user:password@mimir/push", "https://monitoring.googleapis.com/v1/projects/p/location/global/prometheus/api/v1/write"} {
		if _, err := ParseURL(text); err == nil {
			t.Errorf("%q is taken for a URL of remote write", text)
		}
	}
}

func TestSecretsInURLs(t *testing.T) {
	for _, name := range []string{
		"token", "access_token", "X-Auth-Token", "secret", "client_secret", "password", "passwd", "api_key", "apiKey", "api-key", "APIKEY", "license-key", "key",
		"auth", "Authorization", "jwt", "sig", "X-Amz-Signature", "X-Amz-Credential", "p", "t%6Fken",
	} {
		for _, query := range []string{"?" + name + "=hush", "?db=a&" + name + "=hush", "?db=a;" + name + "=hush", "?" + name} {
			_, err := ParseURL("https://store.example.com/write" + query)
			if err == nil || strings.Contains(err.Error(), "hush") || !strings.Contains(err.Error(), strings.Replace(name, "%6F", "o", 1)) {
				t.Errorf("%s: error %v", query, err)
			}
		}
	}
}

func TestMessagesHaveNoSecrets(t *testing.T) {
	for text, want := range map[string]string{
		"https://mimir.example.com/push":                 "https://mimir.example.com/push",
		"mimir":                                          "mimir",
		"https://me:hush@mimir.example.com/push":         "https://mimir.example.com/push…",
		"https://mimir.example.com/push?token=hush":      "https://mimir.example.com/push…",
		"https://mimir.example.com/push?a=b;token=hush":  "https://mimir.example.com/push…",
		"https://mimir.example.com/push#hush":            "https://mimir.example.com/push…",
		"mimir.example.com/push?token=hush":              "mimir.example.com/push…",
		"me:hush@mimir.example.com/push":                 "…",
		"https://me:hush@mimir.example.com:port/push":    "…",
		"https://mimir.example.com/push?token=hush%\x7f": "…",
	} {
		if got := ShownURL(text); got != want {
			t.Errorf("%q is shown as %q, want %q", text, got, want)
		}
	}
}
