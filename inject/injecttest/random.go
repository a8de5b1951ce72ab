package injecttest

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/linkerd-gcm/linkerd-gcm/settings"
)

// edit is a change of a pod: one of the values, in JSON, at a place. "*" stands for any
// element of a list, "-" for a new one at its end.
type edit struct {
	place  string
	values []string
}

// edits are what real pods of Prometheus differ by, and what may stand in the way of
// the sidecar.
var edits = []edit{
	{"spec", []string{minimal("/data", ""), minimal("/etc/sidecar.yml", ""), minimal("/etc/sidecar.yml/..", ""), minimal("/var/run/secrets/gcm.linkerd.io", ""),
		minimal("/data", `"os":{"name":"windows"}`), minimal("/data", `"resources":{"limits":{"memory":"1Gi"}}`), minimal("/data", `"hostNetwork":true`)}},
	{"metadata.annotations", []string{`null`, `{}`, `{"gcm.linkerd.io/inject":"enabled"}`, `{"gcm.linkerd.io/status":"{}"}`, `{"gcm.linkerd.io/include":"{"}`}},
	{"metadata.labels", []string{`null`, `{"linkerd.io/extension":"viz","component":"prometheus"}`}},
	{"metadata.generateName", []string{`"a"`, `""`}},
	{"spec.volumes", []string{`null`, `[]`, `[{"name":"data","emptyDir":{}}]`}},
	{"spec.volumes.-", []string{`{"name":"data"}`, `{"name":"gcm-sidecar-config","emptyDir":{}}`, `{"name":"gcm-recording-rules-1","emptyDir":{}}`, `{}`, `null`}},
	{"spec.containers", []string{`null`, `[]`}},
	{"spec.containers.-", []string{`{"name":"other","image":"a","terminationMessagePolicy":"File","imagePullPolicy":"Always"}`,
		`{"name":"stackdriver-prometheus-sidecar","image":"a"}`, `{"name":"prometheus","image":"b"}`, `{}`, `null`,
		`{"name":"other","image":"a","ports":[{"containerPort":9091}]}`, `{"name":"other","image":"a","ports":[{"name":"gcm-admin","containerPort":1}]}`}},
	{"spec.initContainers.-", []string{`{"name":"stackdriver-prometheus-sidecar","image":"a"}`, `{"name":"prometheus","image":"a"}`,
		`{"name":"init","image":"a","restartPolicy":"Always","ports":[{"containerPort":9091}]}`, `{}`}},
	{"spec.ephemeralContainers.-", []string{`{"name":"stackdriver-prometheus-sidecar","image":"a"}`}},
	{"spec.securityContext", []string{`null`, `{}`, `{"runAsUser":0}`, `{"runAsNonRoot":true}`, `{"runAsUser":65534,"runAsGroup":65534}`,
		`{"runAsUser":-1}`, `{"windowsOptions":{}}`}},
	{"spec.hostNetwork", []string{`true`}},
	{"spec.hostPID", []string{`true`}},
	{"spec.hostUsers", []string{`false`, `true`}},
	{"spec.shareProcessNamespace", []string{`true`}},
	{"spec.automountServiceAccountToken", []string{`false`}},
	{"spec.os", []string{`{"name":"windows"}`, `{"name":"linux"}`, `{"name":"other"}`}},
	{"spec.restartPolicy", []string{`"Never"`, `"OnFailure"`}},
	{"spec.resources", []string{`{}`, `{"limits":{"cpu":"1","memory":"1Gi"}}`, `{"limits":{"memory":"1Mi"}}`, `{"requests":{"cpu":"1m"}}`,
		`{"requests":{"memory":"600Mi"},"limits":{"memory":"600Mi"}}`}},
	{"spec.containers.*.name", []string{`"prometheus"`, `"other"`, `""`}},
	{"spec.containers.*.args", []string{`null`, `["--storage.tsdb.path=/data"]`, `["--storage.tsdb.path","/data"]`, `["--storage.tsdb.path=data"]`, `["--agent"]`,
		`["--storage.tsdb.path=/etc/sidecar.yml"]`, `["--storage.tsdb.path=/var/run/secrets/gcm.linkerd.io"]`, `["--storage.tsdb.path=$(A)"]`}},
	{"spec.containers.*.args.-", []string{`"--web.listen-address=:0"`, `"--web.listen-address=[::]:9090"`,
		`"--web.external-url=%zz"`, `"--web.external-url=/a b\n"`, `"--web.route-prefix=/$(A)"`, `"--storage.tsdb.path=/data/../x"`, `""`}},
	{"spec.containers.*.command", []string{`["prometheus"]`, `["sh","-c"]`}},
	{"spec.containers.*.workingDir", []string{`"/data"`, `"data"`, `"/"`}},
	{"spec.containers.*.env", []string{`null`, `[{"name":"A","value":"b"}]`, `[{"name":"A","value":"$(B)"},{"name":"B","value":"$(A)"}]`,
		`[{"name":"A","valueFrom":{"fieldRef":{"fieldPath":"metadata.name"}}}]`, `[{"name":"GOOGLE_APPLICATION_CREDENTIALS","value":"x"}]`}},
	{"spec.containers.*.volumeMounts", []string{`null`, `[]`, `[{"name":"data","mountPath":"/"}]`, `[{"name":"data","mountPath":"/data"}]`,
		`[{"name":"data","mountPath":"/data","subPathExpr":"$(A)"}]`, `[{"name":"data","mountPath":"/data","subPath":"a","readOnly":true}]`,
		`[{"name":"data","mountPath":"/etc/sidecar.yml"}]`, `[{"name":"data","mountPath":"/etc/sidecar.yml/"}]`, `[{"name":"data","mountPath":"/var/run/secrets/gcm.linkerd.io"}]`,
		`[{"name":"data","mountPath":"/data","mountPropagation":"Bidirectional"}]`, `[{"name":"data","mountPath":"data"}]`}},
	{"spec.containers.*.volumeMounts.-", []string{`{"name":"data","mountPath":"/etc/prometheus/recording_rules.yml"}`, `{"name":"data","mountPath":"/data"}`,
		`{"name":"missing","mountPath":"/x"}`, `null`}},
	{"spec.containers.*.securityContext", []string{`null`, `{"runAsUser":0}`, `{"runAsUser":1000,"runAsGroup":0,"runAsNonRoot":true}`, `{"runAsUser":4294967296}`,
		`{"seLinuxOptions":{"level":"s0:c1"}}`, `{"privileged":true}`, `{"procMount":"Unmasked"}`}},
	{"spec.containers.*.ports.-", []string{`{"containerPort":9091}`, `{"containerPort":9091,"protocol":"UDP"}`, `{"name":"gcm-admin","containerPort":9092}`, `{"hostPort":9091,"containerPort":80}`}},
	{"spec.containers.*.resources", []string{`{"limits":{"cpu":"1"}}`, `{"claims":[{"name":"a"}]}`}},
	{"spec.containers.*.restartPolicy", []string{`"Always"`}},
	{"status", []string{`null`, `[]`, `{"phase":"Running"}`, `{"phase":5}`}},
	{"kind", []string{`"Pod"`, `"PodTemplate"`, `null`}},
}

// minimal returns the spec of a pod with a volume at a path and nothing to spare.
func minimal(path, field string) string {
	if field != "" {
		field = "," + field
	}
	return fmt.Sprintf(`{"containers":[{"name":"prometheus","image":"a","args":["--storage.tsdb.path=%s"],"volumeMounts":[{"name":"data","mountPath":%q}]}],`+
		`"volumes":[{"name":"data","emptyDir":{}}]%s}`, path, path, field)
}

// nonsense are values that no field of a pod expects, or hardly any.
var nonsense = []string{`null`, `{}`, `[]`, `""`, `"x"`, `-1`, `1e400`, `12345678901234567890`, `true`, `[null]`, `{"":null}`, `[[[[[[[[[[]]]]]]]]]]`, `"\ud800"`, `"\u0000"`, `0.5`}

// RandomPod returns a pod in JSON with some changes, most of which leave it valid.
func RandomPod(r *rand.Rand, pod []byte) []byte {
	var root any
	if err := json.Unmarshal(pod, &root); err != nil {
		return pod
	}
	for range r.IntN(10) {
		e := edits[r.IntN(len(edits))]
		root = set(r, root, strings.Split(e.place, "."), pick(r, e.values))
	}
	if r.IntN(3) == 0 {
		root = spoil(r, root)
	}
	text, err := json.Marshal(root)
	if err != nil {
		panic(fmt.Sprintf("a value of JSON is not encoded: %v", err))
	}
	return text
}

// choices are annotations that are valid, without their prefix.
var choices = []string{
	"recording-rules=", "recording-rules=a/b_rules.yml", "recording-rules=linkerd-prometheus-recording-rules,a/b_rules.yml", "credentials-secret=key",
	"sidecar-cpu-request=1m", "sidecar-cpu-limit=2", "sidecar-memory-request=1Mi", "sidecar-memory-limit=1Gi", "sidecar-image-pull-policy=Always",
	"sidecar-log-level=debug", "sidecar-log-format=json", "prometheus-container=other", "on-invalid=admit", "location=", "include=up",
}

// RandomNamespace returns a namespace that asks for the sidecar, mostly with ConfigMaps
// and annotations that are valid.
func RandomNamespace(r *rand.Rand) Namespace {
	n := Namespace{Annotations: Located(), ConfigMaps: ConfigMaps(Config)}
	n.ConfigMaps["a"] = &corev1.ConfigMap{Data: map[string]string{"b_rules.yml": "groups: []", "c_rules.yml": "groups: ["}}
	for range r.IntN(4) {
		key, value, _ := strings.Cut(pick(r, choices), "=")
		n.Annotations[settings.Prefix+key] = value
	}
	if r.IntN(6) == 0 {
		a := settings.Annotations[r.IntN(len(settings.Annotations))]
		n.Annotations[a.Key] = pick(r, []string{"", "enabled", "disabled", "data", "a/c_rules.yml", "prometheus", "1", "100Mi", "{", "\xff"})
	}
	switch r.IntN(16) {
	case 0:
		n.ConfigMaps = nil
	case 1:
		n.ConfigMaps = ConfigMaps("metric_renames:\n- from: a\n")
	case 2:
		n.ConfigMaps[settings.DefaultRulesConfigMap] = &corev1.ConfigMap{BinaryData: map[string][]byte{"recording_rules.yml": []byte(Rules)}}
	}
	return n
}

func pick(r *rand.Rand, values []string) string { return values[r.IntN(len(values))] }

// set returns a value of JSON with another value at a place, and with what leads there.
func set(r *rand.Rand, at any, place []string, value string) any {
	if len(place) == 0 {
		var decoded any
		if err := json.Unmarshal([]byte(value), &decoded); err != nil {
			return json.RawMessage(value) // a number that Go has no type for
		}
		return decoded
	}
	step, rest := place[0], place[1:]
	if list, isList := at.([]any); isList || step == "-" {
		switch i, err := strconv.Atoi(step); {
		case step == "-":
			return append(slices.Clone(list), set(r, nil, rest, value))
		case len(list) == 0 || err == nil && i >= len(list):
			return at
		case err != nil:
			i = r.IntN(len(list))
			fallthrough
		default:
			list[i] = set(r, list[i], rest, value)
		}
		return list
	}
	object, isObject := at.(map[string]any)
	if !isObject {
		object = map[string]any{}
	}
	object[step] = set(r, object[step], rest, value)
	return object
}

// spoil replaces any value of a JSON value by nonsense, or leaves it out.
func spoil(r *rand.Rand, at any) any {
	switch at := at.(type) {
	case map[string]any:
		if keys := slices.Sorted(maps.Keys(at)); len(keys) > 0 && r.IntN(6) > 0 {
			key := pick(r, keys)
			if r.IntN(8) == 0 {
				delete(at, key)
			} else {
				at[key] = spoil(r, at[key])
			}
			return at
		}
	case []any:
		if len(at) > 0 && r.IntN(6) > 0 {
			i := r.IntN(len(at))
			at[i] = spoil(r, at[i])
			return at
		}
	}
	return json.RawMessage(pick(r, nonsense))
}
