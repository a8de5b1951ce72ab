package podspec

import (
	"errors"
	"fmt"
	"net/url"
	"path"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
)

// wordsOf reads words, each ended by a zero byte.
func wordsOf(text string) []string {
	var words []string
	for word := range strings.SplitAfterSeq(text, "\x00") {
		if word != "" {
			words = append(words, strings.TrimSuffix(word, "\x00"))
		}
	}
	return words
}

// stands reports whether a word stands where it says.
func stands(c *corev1.Container, w Word) bool {
	var list string
	var i int
	if _, err := fmt.Sscanf(strings.NewReplacer("[", " ", "]", " ").Replace(w.Field), "%s %d", &list, &i); err != nil {
		return false
	}
	texts := c.Args
	if list == "command" {
		texts = c.Command
	}
	lines := strings.Split(texts[i], "\n")
	if w.Position.Line < 1 || w.Position.Line > len(lines) {
		return false
	}
	line := []rune(strings.Join(lines[w.Position.Line-1:], "\n"))
	if w.Position.Column < 1 || w.Position.Column > len(line)+1 {
		return false
	}
	return w.Rewritten || strings.HasPrefix(string(line[w.Position.Column-1:]), string([]rune(w.Text)))
}

// FuzzReadPrometheus reads any container. A container that is suitable has its log in a
// volume, and an API that has an address.
func FuzzReadPrometheus(f *testing.F) {
	f.Add("prometheus", "--storage.tsdb.path=/data\x00--web.listen-address=:9090", "", "/data", "", "")
	f.Add("sh\x00-c", "--storage.tsdb.path\x00data\x00--web.external-url=http://a/b", "/prometheus", "/", "$(A)-$(B)", "A=$(B)\x00B=c")
	f.Add("", "--agent\x00--enable-feature=agent\x00--web.listen-address=[::1]:x\x00--web.external-url=%zz\x00--web.route-prefix=//$(A)", "w", "", "$(", "=")
	f.Add("", "--storage.tsdb.path=/data/../..\x00--web.listen-address=\x00--", "/", "data/", "../x", "A")
	f.Add("sh\x00-ec", "until x; do y; done\nexec prometheus --storage.tsdb.path='/da'\"ta\" --b=\\$x $y\x00z", "/", "data/", "../x", "A")
	f.Fuzz(func(t *testing.T, command, args, directory, mountPath, expression, env string) {
		c := &corev1.Container{
			Name: "prometheus", Command: wordsOf(command), Args: wordsOf(args), WorkingDir: directory,
			VolumeMounts: []corev1.VolumeMount{{Name: "data", MountPath: mountPath, SubPathExpr: expression}},
		}
		for _, word := range wordsOf(env) {
			name, value, _ := strings.Cut(word, "=")
			c.Env = append(c.Env, corev1.EnvVar{Name: name, Value: value})
		}
		for _, flag := range PrometheusFlags(c) {
			if !strings.HasPrefix(flag.Name, "--") || !stands(c, flag.Value) {
				t.Errorf("%+v in %q %q", flag, c.Command, c.Args)
			}
		}
		pod := &corev1.PodSpec{Containers: []corev1.Container{*c}}
		p, err := ReadPrometheus(pod, c)
		var unsuitable *UnsuitablePodError
		if err != nil {
			if !errors.As(err, &unsuitable) || unsuitable.Reason == "" || unsuitable.Message == "" {
				t.Errorf("the error is %#v", err)
			}
			return
		}
		if _, i := MountOf(c, p.WALDirectory); i != 0 || !path.IsAbs(p.WALDirectory) || path.Base(p.WALDirectory) != "wal" {
			t.Errorf("the log is at %q, mounted at %q", p.WALDirectory, mountPath)
		}
		if address, err := url.Parse(p.APIAddress); err != nil || address.Scheme != "http" || address.Host == "" || !strings.HasSuffix(address.Path, "/") {
			t.Errorf("the address is %q: %v", p.APIAddress, err)
		}
	})
}
