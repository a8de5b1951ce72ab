package lint_test

import (
	"testing"
)

func TestPortsAndAddresses(t *testing.T) {
	for name, c := range map[string]podTest{
		"a route prefix": {[]string{"--config.file=/etc/prometheus/prometheus.yml", "--web.route-prefix=/p"}, []string{"CFG011 error " + container + " 0:0+0"}},
		"a route prefix that the sidecar follows": {[]string{"--config.file=/etc/prometheus/prometheus.yml", "--web.route-prefix=/p", "  - --prometheus.wal", "  - --prometheus.api-address=http://localhost:9090/p\n  - --prometheus.wal"}, nil},
		"a wrong address":                         {[]string{"  - --prometheus.wal", "  - --prometheus.api-address=http://localhost:9090/p\n  - --prometheus.wal"}, []string{"CFG011 error " + command + "[6] 1:26+23"}},
		"Prometheus at the sidecar's port":        {[]string{"--config.file=/etc/prometheus/prometheus.yml", "--web.listen-address=:9091", "  - --prometheus.wal", "  - --prometheus.api-address=http://localhost:9091/\n  - --prometheus.wal"}, []string{"CFG012 error containers[0] 0:0+0"}},
		"another container at the sidecar's port": {[]string{"{name: admin, containerPort: 9090}", "{name: admin, containerPort: 9091}"}, []string{"CFG012 error containers[0].ports[0] 0:0+0"}},
		"a sidecar at another port":               {[]string{"{name: admin, containerPort: 9090}", "{name: admin, containerPort: 9091}", "{name: gcm-admin, containerPort: 9091}", "{name: gcm-admin, containerPort: 9092}", "  - --prometheus.wal", "  - --web.listen-address=:9092\n  - --prometheus.wal"}, nil},
	} {
		t.Run(name, c.run)
	}
}
