package lint

import "testing"

func TestWhereTheSidecarSends(t *testing.T) {
	for flag, want := range map[string]string{
		"--stackdriver.store-in-files-directory=/tmp/x":                               "CFG015 warning spec.containers[1].command[1]:1:40+6",
		"--stackdriver.store-in-files-directory=":                                     "",
		"--stackdriver.api-address=http://127.0.0.1:8080/?auth=false":                 "CFG015 warning spec.containers[1].command[1]:1:27+33",
		"--stackdriver.api-address=https://monitoring.googleapis.com:443/?auth=false": "CFG015 warning spec.containers[1].command[1]:1:27+49",
		"--stackdriver.api-address=https://monitoring.googleapis.com:443/":            "",
		"--stackdriver.api-address=https://restricted.googleapis.com/":                "",
		"--stackdriver.api-address=https://googleapis.com.example.com/":               "CFG015 warning spec.containers[1].command[1]:1:27+35",
		"--stackdriver.api-address=$(ADDRESS)":                                        "",
	} {
		t.Run(flag, func(t *testing.T) { expectAbout(t, withSidecar(flag), "CFG015", want) })
	}
}
