package podspec

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
)

var exporter = Program{Names: []string{"exporter"}, Flags: []string{"--project"}}

// found is how a container starts the exporter: each word after its place, "~" before one
// that is rewritten and "?" before one that is not known.
func found(c *corev1.Container) string {
	line, is := exporter.Find(c)
	if !is {
		return "no"
	}
	var words []string
	for _, w := range line.Args {
		mark := ""
		if w.Rewritten {
			mark += "~"
		}
		if w.Unknown {
			mark += "?"
		}
		words = append(words, fmt.Sprintf("%s:%d:%d %s%s", w.Field, w.Position.Line, w.Position.Column, mark, w.Text))
	}
	if line.Unread != "" {
		words = append(words, "unread: "+line.Unread)
	}
	return strings.Join(words, "\n")
}

func TestAProgramIsFound(t *testing.T) {
	for name, test := range map[string]struct {
		command, args []string
		want          string
	}{
		"by its name":                       {[]string{"/bin/exporter"}, []string{"--a", "b"}, "args[0]:1:1 --a\nargs[1]:1:1 b"},
		"by its name in the arguments":      {nil, []string{"/bin/exporter", "--a"}, "args[1]:1:1 --a"},
		"behind another program":            {[]string{"/sbin/tini", "-g", "--", "exporter", "-x"}, nil, "command[4]:1:1 -x"},
		"by its flag":                       {[]string{"/x"}, []string{"start", "--project=p"}, "args[0]:1:1 start\nargs[1]:1:1 --project=p"},
		"by its flag alone":                 {nil, []string{"start", "--project", "p"}, "args[0]:1:1 start\nargs[1]:1:1 --project\nargs[2]:1:1 p"},
		"by its flag behind two programs":   {[]string{"tini", "--", "/bin/x"}, []string{"--project=p"}, "args[0]:1:1 --project=p"},
		"not by a flag's value":             {[]string{"reloader"}, []string{"--watch=/etc/exporter", "--dir", "/etc/exporter"}, "no"},
		"not by a flag that begins alike":   {[]string{"x"}, []string{"--project-number=1"}, "no"},
		"of which the kubelet knows a part": {nil, []string{"--project=$(P)", "--a=$$(P)"}, "args[0]:1:1 ?--project=$(P)\nargs[1]:1:1 --a=$$(P)"},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, found(&corev1.Container{Command: test.command, Args: test.args})); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestAProgramIsFoundInAScript(t *testing.T) {
	for script, want := range map[string]string{
		"exporter --a b":                                          "args[0]:1:10 --a\nargs[0]:1:14 b",
		"exec /bin/exporter --a='b \"c\"'":                        "args[0]:1:20 ~--a=b \"c\"",
		"A=b env C=d exporter --a":                                "args[0]:1:22 --a",
		"until [ -d /wal ]; do sleep 1; done; exec x --project=p": "args[0]:1:45 --project=p",
		"mkdir -p /wal && exporter --a":                           "args[0]:1:27 --a",
		"exporter \\\n  --a \\\n  --b=c\n":                        "args[0]:2:3 --a\nargs[0]:3:3 --b=c",
		"set -euo pipefail\nexporter --a 2>&1 | tee /log &\nwait": "args[0]:2:10 --a",
		"if x; then exporter --a; fi":                             "args[0]:1:21 --a",
		"exporter \"--a=\\\"b\\\"\"":                              "args[0]:1:11 ~--a=\"b\"",
		"exporter a\\ b ''":                                       "args[0]:1:10 ~a b\nargs[0]:1:15 ",
		"exporter --a={b=\"c\"}":                                  "args[0]:1:10 ~--a={b=c}",
		"exporter --a=$B \"--c=${D}\"":                            "args[0]:1:10 ?--a=$B\nargs[0]:1:18 ?--c=${D}",
		"exporter $FLAGS":                                         "args[0]:1:10 ?$FLAGS\nunread: only the running shell knows what $FLAGS stands for",
		"exporter \"$@\"":                                         "args[2]:1:1 --x\nargs[3]:1:1 y",
		"exec \"$0\" \"$@\"":                                      "args[2]:1:1 --x\nargs[3]:1:1 y",
		"exporter $2":                                             "args[3]:1:1 y",
		"shift; exporter $@":                                      "args[0]:1:17 ?$@\nunread: only the running shell knows what $@ stands for",
		"if x; then exporter --a; else exporter --b; fi":          "unread: its script has 2 commands that start it",
		"PROGRAM=exporter; $PROGRAM --a":                          "unread: its script starts it in no way that is known here",
		"exporter --a 'b":                                         "unread: its script cannot be read: 1:14: reached EOF without closing quote `'`",
		"/start.sh":                                               "no",
		"echo 'b":                                                 "no",
		"# exporter\n" + strings.Repeat("(", maxScript):           "unread: its script has more than 16 KiB",
	} {
		if diff := cmp.Diff(want, found(&corev1.Container{Command: []string{"/bin/sh", "-c"}, Args: []string{script, "/bin/exporter", "--x", "y"}})); diff != "" {
			t.Errorf("%s (-want +got):\n%s", script, diff)
		}
	}
}

func TestHowAShellGetsItsScript(t *testing.T) {
	for _, words := range [][]string{
		{"sh", "-c", "exporter --a"},
		{"/usr/bin/env", "bash", "-ec", "exporter --a"},
		{"/bin/bash", "-euo", "pipefail", "-c", "exporter --a"},
		{"bash", "--norc", "-o", "pipefail", "+x", "-c", "--", "exporter --a"},
		{"/busybox/busybox", "sh", "-c", "exporter --a"},
		{"tini", "--", "dash", "-xc", "exporter --a"},
		{"-c", "exporter --a"},
	} {
		line, is := exporter.Find(&corev1.Container{Command: words})
		if !is || len(line.Args) != 1 || line.Args[0].Text != "--a" || line.Args[0].Position.Column != 10 {
			t.Errorf("%q: found %v: %+v", words, is, line)
		}
	}
	for _, words := range [][]string{{"sh"}, {"sh", "-c"}, {"sh", "-c", "--"}, {"sh", "start.sh", "-c"}, {"sh", "-o"}, {"-c"}} {
		if _, is := shellScript(Args(&corev1.Container{Command: words})); is {
			t.Errorf("%q has a script", words)
		}
	}
}

func TestImagesOfAProgram(t *testing.T) {
	for image, want := range map[string]bool{
		"exporter": true, "registry.example.com:5000/a/exporter:v1": true, "a/exporter@sha256:abc": true, "a/exporter:v1@sha256:abc": true,
		"a/my-exporter:v1": false, "exporter/other:v1": false, "": false,
	} {
		if got := exporter.IsImage(image); got != want {
			t.Errorf("%q: got %v", image, got)
		}
	}
}
