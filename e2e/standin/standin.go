// Package standin puts gcm-emulator in the place of Google Cloud Monitoring on a node: at
// Google's own name, with TLS, so that gcm-exporter runs with the flags that users have and
// with a service account's key. It makes objects and files, and applies none.
package standin

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
)

// Host is where gcm-exporter sends points if nobody tells it otherwise.
const Host = "monitoring.googleapis.com"

const (
	// Name is that of the emulator's pod.
	Name = "google"
	// Port is where the emulator has its pages.
	Port = 9093
)

// Objects returns a namespace with the emulator's pod, which has the label app, as YAML. The
// certificate, for Host, and its key are PEM.
func Objects(namespace, image string, certificate, key []byte) string {
	encode := base64.StdEncoding.EncodeToString
	return fmt.Sprintf(`
apiVersion: v1
kind: Namespace
metadata: {name: %[1]s}
---
apiVersion: v1
kind: Secret
metadata: {namespace: %[1]s, name: %[6]s}
data: {tls.crt: %[3]s, tls.key: %[4]s}
---
apiVersion: v1
kind: Pod
metadata: {namespace: %[1]s, name: %[6]s, labels: {app: %[6]s}}
spec:
  terminationGracePeriodSeconds: 1
  containers:
  - name: emulator
    image: %[2]s
    args: [--listen=:443, --web-listen=:%[5]d, --tls-certificate=/tls/tls.crt, --tls-key=/tls/tls.key]
    readinessProbe: {httpGet: {path: /counts, port: %[5]d}, periodSeconds: 1}
    volumeMounts: [{name: tls, mountPath: /tls}]
  volumes: [{name: tls, secret: {secretName: %[6]s}}]
`, namespace, image, encode(certificate), encode(key), Port, Name)
}

// ServiceAccountKey returns a key file as Google's console makes it, of an account that nobody
// at Google knows.
func ServiceAccountKey() ([]byte, error) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return nil, fmt.Errorf("making the key of a service account: %w", err)
	}
	encoded, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, fmt.Errorf("making the key of a service account: %w", err)
	}
	return json.Marshal(map[string]string{
		"type": "service_account", "project_id": "my-project", "private_key_id": "1", "client_id": "1",
		"private_key":  string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: encoded})),
		"client_email": "metrics@my-project.iam.gserviceaccount.com", "token_uri": "https://oauth2.googleapis.com/token",
	})
}
