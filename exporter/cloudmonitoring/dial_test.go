package cloudmonitoring

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	_ "embed"
	"encoding/json"
	"encoding/pem"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"cloud.google.com/go/monitoring/apiv3/v2/monitoringpb"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	"github.com/linkerd-gcm/linkerd-gcm/internal/gcmemulator"
	"github.com/linkerd-gcm/linkerd-gcm/internal/testca"
)

func TestParseAddress(t *testing.T) {
	for text, want := range map[string]Address{
		DefaultAddress:                                    {Host: "monitoring.googleapis.com:443"},
		"https://monitoring.googleapis.com":               {Host: "monitoring.googleapis.com:443"},
		"https://127.0.0.1:9092/?auth=false":              {Host: "127.0.0.1:9092", Plaintext: true},
		"http://127.0.0.1:9092?auth=0":                    {Host: "127.0.0.1:9092", Plaintext: true},
		"http://127.0.0.1:9092/":                          {Host: "127.0.0.1:9092"},
		"https://[::1]:9092/?auth=true":                   {Host: "[::1]:9092"},
		"https://monitoring.googleapis.com:443/?auth=no":  {Host: "monitoring.googleapis.com:443"},
		"https://monitoring.googleapis.com/?other&auth=f": {Host: "monitoring.googleapis.com:443", Plaintext: true},
	} {
		got, err := ParseAddress(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: -want +got:\n%s", text, diff)
		}
	}
	for _, text := range []string{"", "monitoring.googleapis.com:443", "grpc://host", "https://", "https://:443", "https://a b", "%"} {
		if got, err := ParseAddress(text); err == nil {
			t.Errorf("%q is %+v, want an error", text, got)
		}
	}
}

// keyOf writes the key of a service account, and lets the environment name it.
func useKey(t *testing.T) {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	encoded, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(map[string]string{
		"type": "service_account", "project_id": "p", "private_key_id": "1", "client_email": "exporter@p.iam.gserviceaccount.com",
		"token_uri": "https://127.0.0.1:1/token", "private_key": string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: encoded})),
	})
	if err != nil {
		t.Fatal(err)
	}
	useFile(t, string(text))
}

// useFile lets the environment name a file with credentials.
func useFile(t *testing.T, text string) {
	t.Helper()
	name := filepath.Join(t.TempDir(), "key.json")
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv(keyFile, name)
}

func TestPrincipals(t *testing.T) {
	useKey(t)
	key, err := os.ReadFile(os.Getenv(keyFile))
	if err != nil {
		t.Fatal(err)
	}
	const external = `{"type": "external_account", "audience": "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/q",
		"subject_token_type": "urn:ietf:params:oauth:token-type:jwt", "token_url": "https://sts.googleapis.com/v1/token",
		"credential_source": {"file": "/var/run/token"}`
	for name, test := range map[string]struct{ text, want string }{
		"a key":               {string(key), "exporter@p.iam.gserviceaccount.com"},
		"an external account": {external + "}", "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/q"},
		"an external account that impersonates": {external + `, "service_account_impersonation_url":
			"https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/other@p.iam.gserviceaccount.com:generateAccessToken"}`, "other@p.iam.gserviceaccount.com"},
		"a user": {`{"type": "authorized_user", "client_id": "i", "client_secret": "s", "refresh_token": "t"}`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			useFile(t, test.text)
			found, err := findCredentials(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if got := principalOf(found); got != test.want {
				t.Errorf("the principal is %q, want %q", got, test.want)
			}
		})
	}
}

func TestRestrictedAddressesReplaceThatOfTheHost(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	// The error names the address, though nothing was connected to.
	_, err := dialRestricted(ctx, "monitoring.googleapis.com:443")
	if err == nil || !strings.Contains(err.Error(), " 199.36.153.") || !strings.Contains(err.Error(), ":443:") {
		t.Errorf("the error is %v", err)
	}
}

func TestBadCredentialsAreNamedInOneLine(t *testing.T) {
	client := Dial(DialOptions{Address: Address{Host: "127.0.0.1:1"}})
	t.Setenv(keyFile, filepath.Join(t.TempDir(), "absent.json"))
	err := client.CreateTimeSeries(t.Context(), &monitoringpb.CreateTimeSeriesRequest{Name: "projects/p"})
	text := status.Convert(err).Message()
	if status.Code(err) != codes.Unauthenticated || !strings.Contains(text, "absent.json, which "+keyFile+" names, cannot be used: ") || strings.Contains(text, "\n") {
		t.Errorf("the error is %v", err)
	}
	useFile(t, "{}")
	if err := client.CreateTimeSeries(t.Context(), &monitoringpb.CreateTimeSeriesRequest{Name: "projects/p"}); status.Code(err) != codes.Unauthenticated {
		t.Errorf("the error is %v", err)
	}
}

// TestHeadersOfTheOfficialClient are there in plaintext, too.
func TestHeadersOfTheOfficialClient(t *testing.T) {
	emulator := gcmemulator.New(gcmemulator.Options{})
	var got metadata.MD
	client := listen(t, emulator, grpc.UnaryInterceptor(func(ctx context.Context, request any, _ *grpc.UnaryServerInfo, handler grpc.UnaryHandler) (any, error) {
		got, _ = metadata.FromIncomingContext(ctx)
		return handler(ctx, request)
	}))
	err := client.CreateTimeSeries(t.Context(), &monitoringpb.CreateTimeSeriesRequest{Name: "projects/p"})
	if status.Code(err) != codes.InvalidArgument {
		t.Errorf("an empty request: %v", err)
	}
	if params := got.Get("x-goog-request-params"); len(params) != 1 || params[0] != "name=projects%2Fp" {
		t.Errorf("x-goog-request-params is %q", params)
	}
	if agent := got.Get("user-agent"); len(agent) != 1 || !strings.HasPrefix(agent[0], "test ") {
		t.Errorf("user-agent is %q", agent)
	}
	if len(got.Get("authorization")) != 0 {
		t.Error("credentials were sent in plaintext")
	}
}

//go:embed testdata/google.pem
var googleChain []byte

// inChild is set where the test runs as a process without certificates of the system.
const inChild = "TEST_WITHOUT_SYSTEM_ROOTS"

// TestWithoutCertificatesOfTheSystem runs itself again as in an image without any: Google is
// trusted all the same, and nobody else is.
func TestWithoutCertificatesOfTheSystem(t *testing.T) {
	if os.Getenv(inChild) == "" {
		command := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestWithoutCertificatesOfTheSystem$", "-test.v")
		nowhere := filepath.Join(t.TempDir(), "absent")
		command.Env = append(os.Environ(), inChild+"=1", "SSL_CERT_FILE="+nowhere, "SSL_CERT_DIR="+nowhere)
		if output, err := command.CombinedOutput(); err != nil {
			t.Errorf("%v:\n%s", err, output)
		}
		return
	}
	t.Run("Google's chain is trusted", testGoogleIsTrusted)
	t.Run("a stranger is not", testAStrangerIsRefused)
}

// testGoogleIsTrusted verifies a chain that www.google.com has served, at a time when it was
// valid, as TLS does: against the roots of the system, which the connection uses too.
func testGoogleIsTrusted(t *testing.T) {
	var chain []*x509.Certificate
	for rest := googleChain; ; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			break
		}
		certificate, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			t.Fatal(err)
		}
		chain = append(chain, certificate)
	}
	between := x509.NewCertPool()
	for _, certificate := range chain[1:] {
		between.AddCert(certificate)
	}
	verified, err := chain[0].Verify(x509.VerifyOptions{DNSName: "www.google.com", Intermediates: between, CurrentTime: chain[0].NotBefore.Add(time.Hour)})
	if err != nil {
		t.Fatal(err)
	}
	if root := verified[0][len(verified[0])-1]; root.Subject.Organization[0] != "Google Trust Services LLC" {
		t.Errorf("the root is %v", root.Subject)
	}
}

// testAStrangerIsRefused connects, with credentials and TLS as to Google, to a server whose
// authority nobody knows.
func testAStrangerIsRefused(t *testing.T) {
	useKey(t)
	pair := testca.New(t).Issue(t, "localhost")
	certificate, err := tls.X509KeyPair(pair.CertificatePEM(), pair.KeyPEM(t))
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "localhost:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	emulator := gcmemulator.New(gcmemulator.Options{})
	go func() {
		done <- emulator.Serve(ctx, listener, grpc.Creds(credentials.NewServerTLSFromCert(&certificate)))
	}()
	_, port, err := net.SplitHostPort(listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	client := Dial(DialOptions{Address: Address{Host: "localhost:" + port}})
	timeout, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	err = client.CreateTimeSeries(timeout, &monitoringpb.CreateTimeSeriesRequest{Name: "projects/p"})
	if err == nil || !strings.Contains(err.Error(), "certificate signed by unknown authority") {
		t.Errorf("the answer is %v", err)
	}
	if requests := emulator.Counts().Requests; requests != 0 {
		t.Errorf("the stranger got %d requests", requests)
	}
	stop()
	if err := <-done; err != nil {
		t.Error(err)
	}
}
