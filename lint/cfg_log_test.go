package lint_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/linkerd-gcm/linkerd-gcm/lint"
	"github.com/linkerd-gcm/linkerd-gcm/settings"
)

func TestAPodWithoutPrometheusHasNothingToExport(t *testing.T) {
	in := lint.Input{Pod: changed(t), Settings: settings.Settings{Enabled: true, PrometheusContainer: "metrics"}}
	in.Pod.Spec.Containers = in.Pod.Spec.Containers[:1]
	if diff := cmp.Diff([]string{"CFG010 error containers 0:0+0"}, inPod(lint.Checked(t, in))); diff != "" {
		t.Errorf("findings (-want +got):\n%s", diff)
	}
}

func TestWhichLogTheSidecarReads(t *testing.T) {
	for name, c := range map[string]podTest{
		"another directory than the log's": {[]string{"--prometheus.wal-directory=/data/wal", "--prometheus.wal-directory=/data"}, []string{"CFG008 error " + command + "[6] 1:28+5"}},
		"a directory on no volume":         {[]string{"--prometheus.wal-directory=/data/wal", "--prometheus.wal-directory=/prometheus/wal"}, []string{"CFG008 error " + command + "[6] 1:28+15"}},
		"the same log at another path":     {[]string{"--prometheus.wal-directory=/data/wal", "--prometheus.wal-directory=/prom/wal", "mountPath: /data}\n  - {name: sidecar", "mountPath: /prom}\n  - {name: sidecar"}, nil},
		"no directory":                     {[]string{"  - --prometheus.wal-directory=/data/wal\n", ""}, []string{"CFG008 error " + container + " 0:0+0"}},
		"Prometheus' data on no volume":    {[]string{"--storage.tsdb.path=/data", "--storage.tsdb.path=/prometheus"}, []string{"CFG008 error containers[0] 0:0+0"}},
		"zstd":                             {[]string{"--config.file=/etc/prometheus/prometheus.yml", "--storage.tsdb.wal-compression-type=zstd"}, []string{"CFG009 error containers[0].args[1] 1:37+4"}},
		"an agent":                         {[]string{"--config.file=/etc/prometheus/prometheus.yml", "--agent"}, []string{"CFG010 error containers[0] 0:0+0"}},
	} {
		t.Run(name, c.run)
	}
}
