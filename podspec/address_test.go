package podspec

import (
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
)

func TestAPIAddress(t *testing.T) {
	for args, want := range map[string]string{
		"":                                                   "http://127.0.0.1:9090/",
		"--web.listen-address=:9090":                         "http://127.0.0.1:9090/",
		"--web.listen-address=0.0.0.0:1":                     "http://127.0.0.1:1/",
		"--web.listen-address=[::]:1":                        "http://127.0.0.1:1/",
		"--web.listen-address=[::1]:1":                       "http://[::1]:1/",
		"--web.listen-address 127.0.0.2:1":                   "http://127.0.0.2:1/",
		"--web.listen-address=:http":                         "http://127.0.0.1:9090/",
		"--web.route-prefix=/prom":                           "http://127.0.0.1:9090/prom/",
		"--web.route-prefix=prom/x/":                         "http://127.0.0.1:9090/prom/x/",
		"--web.external-url=http://h/a/b":                    "http://127.0.0.1:9090/a/b/",
		"--web.external-url=/a":                              "http://127.0.0.1:9090/a/",
		"--web.external-url=http://h/a --web.route-prefix=/": "http://127.0.0.1:9090/",
	} {
		got := apiAddress(ReadFlags(&corev1.Container{Args: strings.Fields(args)}))
		if got != want {
			t.Errorf("%s: want %s, got %s", args, want, got)
		}
	}
}
