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
		"another directory than the log's":    {[]string{"--prometheus.wal-directory=/data/wal", "--prometheus.wal-directory=/data"}, []string{"CFG008 error " + command + "[6] 1:28+5"}},
		"a directory on no volume":            {[]string{"--prometheus.wal-directory=/data/wal", "--prometheus.wal-directory=/prometheus/wal"}, []string{"CFG008 error " + command + "[6] 1:28+15"}},
		"the same log at another path":        {[]string{"--prometheus.wal-directory=/data/wal", "--prometheus.wal-directory=/prom/wal", "mountPath: /data}\n  - {name: sidecar", "mountPath: /prom}\n  - {name: sidecar"}, nil},
		"another part of the volume":          {[]string{"mountPath: /data}\n  - {name: sidecar", "mountPath: /data, subPath: old}\n  - {name: sidecar"}, []string{"CFG008 error " + container + ".volumeMounts[0] 0:0+0"}},
		"a part that Prometheus does not use": {[]string{"mountPath: /data}\n- name: stack", "mountPath: /data, subPath: prometheus-db}\n- name: stack"}, []string{"CFG008 error " + command + "[6] 1:28+9"}},
		"another volume":                      {[]string{"{name: data, mountPath: /data}\n  - {name: sidecar", "{name: sidecar-config, mountPath: /data}\n  - {name: sidecar"}, []string{"CFG008 error " + container + ".volumeMounts[0].name 0:0+0"}},
		"no directory":                        {[]string{"  - --prometheus.wal-directory=/data/wal\n", ""}, []string{"CFG008 error " + container + " 0:0+0"}},
		"Prometheus' data on no volume":       {[]string{"--storage.tsdb.path=/data", "--storage.tsdb.path=/prometheus"}, []string{"CFG008 error containers[0].args[0] 1:21+11"}},
		"zstd":                                {[]string{"--config.file=/etc/prometheus/prometheus.yml", "--storage.tsdb.wal-compression-type=zstd"}, []string{"CFG009 error containers[0].args[1] 1:37+4"}},
		"an agent":                            {[]string{"--config.file=/etc/prometheus/prometheus.yml", "--agent"}, []string{"CFG010 error containers[0].args[1] 1:1+0"}},
	} {
		t.Run(name, c.run)
	}
}

func TestWhatToDoAboutAnotherLog(t *testing.T) {
	const mount, own = "{name: data, mountPath: /data}\n- name: stack", "{name: data, mountPath: /data}\n  - {name: sidecar"
	for name, c := range map[string]struct{ change, want []string }{
		"another directory": {
			[]string{"--prometheus.wal-directory=/data/wal", "--prometheus.wal-directory=/prom", own, "{name: data, mountPath: /prom}\n  - {name: sidecar"},
			[]string{`the sidecar reads /prom, but there the write-ahead log of container "prometheus" is /prom/wal`, "write --prometheus.wal-directory=/prom/wal"},
		},
		"a subPath of Prometheus'": {
			[]string{mount, "{name: data, mountPath: /data, subPath: db}\n- name: stack"},
			[]string{`the sidecar reads /data/wal, but there the write-ahead log of container "prometheus" is /data/db/wal`, "write --prometheus.wal-directory=/data/db/wal"},
		},
		"a subPath of the sidecar's": {
			[]string{own, "{name: data, mountPath: /data, subPath: db}\n  - {name: sidecar"},
			[]string{`container "stackdriver-prometheus-sidecar" mounts subPath db of volume "data" at /data, where the write-ahead log is not; container "prometheus" mounts all of it`, "remove subPath from the mount"},
		},
		"two subPaths": {
			[]string{mount, "{name: data, mountPath: /data, subPath: db}\n- name: stack", own, "{name: data, mountPath: /data, subPath: d}\n  - {name: sidecar"},
			[]string{`container "stackdriver-prometheus-sidecar" mounts subPath d of volume "data" at /data, where the write-ahead log is not; container "prometheus" mounts subPath db of it`, `mount it with the same subPath as container "prometheus"`},
		},
		"another volume": {
			[]string{own, "{name: sidecar-config, mountPath: /data}\n  - {name: sidecar"},
			[]string{`the sidecar reads /data/wal on volume "sidecar-config", but the write-ahead log of container "prometheus" is on volume "data"`, `mount volume "data" at /data`},
		},
	} {
		t.Run(name, func(t *testing.T) {
			for _, f := range lint.Checked(t, lint.Input{Pod: changed(t, c.change...)}) {
				if f.Rule == "CFG008" {
					if diff := cmp.Diff(c.want, []string{f.Message, f.Fix}); diff != "" {
						t.Errorf("message and fix (-want +got):\n%s", diff)
					}
					return
				}
			}
			t.Error("nothing is found")
		})
	}
}
