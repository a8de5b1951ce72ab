package lint_test

import "testing"

func TestLimitsBeyondThoseOfGoogle(t *testing.T) {
	const args = "  - --prometheus.wal"
	exporter := []string{"stackdriver-prometheus-sidecar\n", "gcm-exporter\n", "stackdriver-prometheus-sidecar:0.10.1", "linkerd-gcm:v0.1.0"}
	for name, c := range map[string]podTest{
		"those of Google":  {[]string{args, "  - --min-period=5s\n  - --max-age=25h\n  - --max-labels=30\n" + args}, nil},
		"too often":        {[]string{args, "  - --min-period=4s\n" + args}, []string{"CFG018 warning " + command + "[6] 1:14+2"}},
		"too old":          {[]string{args, "  - --max-age=26h\n" + args}, []string{"CFG018 warning " + command + "[6] 1:11+3"}},
		"of any age":       {[]string{args, "  - --max-age=0s\n" + args}, []string{"CFG018 warning " + command + "[6] 1:11+2"}},
		"too many labels":  {[]string{args, "  - --max-labels=31\n" + args}, []string{"CFG018 warning " + command + "[6] 1:14+2"}},
		"labels elsewhere": {[]string{args, "  - --max-labels=31\n  - --destination=managed-prometheus\n" + args}, nil},
	} {
		t.Run(name, podTest{append(exporter, c.change...), c.want}.run)
	}
}
