package main

import (
	"bytes"
	"context"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestExitCodesAreThoseOfTheRealSidecar(t *testing.T) {
	wal := t.TempDir()
	occupied, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer occupied.Close()

	tests := map[string]struct {
		args   []string
		config string
		code   int
		stderr string
	}{
		"an unknown flag": {
			args: []string{"--stackdriver.project-id=p", "--web.port=1"}, code: 1, stderr: "unknown long flag '--web.port'",
		},
		"a flag without its value": {
			args: []string{"--stackdriver.project-id"}, code: 1, stderr: "expected argument for flag '--stackdriver.project-id'",
		},
		"no project": {
			args: []string{"--prometheus.wal-directory=" + wal}, code: 2,
			stderr: "'--stackdriver.project-id' not provided",
		},
		"an unknown backend": {
			args: []string{"--stackdriver.project-id=p", "--monitoring.backend=datadog"}, code: 2, stderr: "datadog",
		},
		"an unknown log level": {
			args: []string{"--stackdriver.project-id=p", "--log.level=loud"}, code: 2, stderr: "loud",
		},
		"an argument that is not a flag": {
			args: []string{"--stackdriver.project-id=p", "extra"}, code: 1, stderr: "unexpected extra",
		},
		"a selector with shell quotes in it": {
			args: []string{"--stackdriver.project-id=p", `--include='{a="b"}'`}, code: 2,
			stderr: "Error parsing --include (or --filter)",
		},
		"a selector that only today's Prometheus accepts": {
			args: []string{"--stackdriver.project-id=p", `--include={foo!="bar"}`}, code: 2,
			stderr: "Error parsing --include (or --filter)",
		},
		"a filter that is not a matcher": {
			args: []string{"--stackdriver.project-id=p", "--filter=job"}, code: 2, stderr: "cannot parse --filter flag",
		},
		"a configuration file that is not there": {
			args: []string{"--stackdriver.project-id=p", "--config-file=/nonexistent.yml"}, code: 2,
			stderr: "Parse config file /nonexistent.yml",
		},
		"a configuration file with an unknown metric type": {
			args: []string{"--stackdriver.project-id=p"}, config: "static_metadata: [{metric: a, type: Counter}]", code: 2,
			stderr: `invalid metric type`,
		},
		"no WAL directory": {
			args: []string{"--stackdriver.project-id=p", "--prometheus.wal-directory=" + filepath.Join(wal, "none")}, code: 1,
			stderr: "Tailing WAL failed",
		},
		"a web address that is taken": {
			args: []string{"--stackdriver.project-id=p", "--prometheus.wal-directory=" + wal,
				"--web.listen-address=" + occupied.Addr().String()}, code: 0, stderr: "address already in use",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			args := test.args
			if test.config != "" {
				file := filepath.Join(t.TempDir(), "sidecar.yml")
				if err := os.WriteFile(file, []byte(test.config), 0o600); err != nil {
					t.Fatal(err)
				}
				args = append(args, "--config-file="+file)
			}
			var stderr bytes.Buffer
			if code := execute(t.Context(), args, &stderr); code != test.code {
				t.Errorf("exit code %d, want %d; stderr:\n%s", code, test.code, &stderr)
			}
			if !strings.Contains(stderr.String(), test.stderr) {
				t.Errorf("stderr does not contain %q:\n%s", test.stderr, &stderr)
			}
		})
	}
}

func TestAProgressFileThatCannotBeWrittenEndsTheSidecarWithoutAnExitCode(t *testing.T) {
	wal := t.TempDir()
	if err := os.Mkdir(filepath.Join(wal, progressFile+".tmp"), 0o700); err != nil { // Even root cannot write a file here.
		t.Fatal(err)
	}
	var stderr bytes.Buffer
	args := []string{"--stackdriver.project-id=p", "--prometheus.wal-directory=" + wal, "--web.listen-address=127.0.0.1:0"}
	if code := execute(t.Context(), args, &stderr); code != exitOK {
		t.Errorf("exit code %d, want %d", code, exitOK)
	}
	for _, want := range []string{progressFile + ".tmp: is a directory", "See you next time!"} {
		if !strings.Contains(stderr.String(), want) {
			t.Errorf("stderr does not contain %q:\n%s", want, &stderr)
		}
	}
}

func TestASignalEndsTheSidecarWithoutAnExitCode(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	wal := t.TempDir()
	args := []string{"--stackdriver.project-id=p", "--prometheus.wal-directory=" + wal, "--web.listen-address=127.0.0.1:0"}
	if code := execute(ctx, args, &bytes.Buffer{}); code != exitOK {
		t.Errorf("exit code %d, want %d", code, exitOK)
	}
}
