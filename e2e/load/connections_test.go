package load

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
)

// connect returns a connection to the injector over which part of a request was sent.
func connect(t *testing.T, address, text string) (*tls.Conn, error) {
	t.Helper()
	dialer := tls.Dialer{Config: &tls.Config{InsecureSkipVerify: true}}
	connection, err := dialer.DialContext(t.Context(), "tcp", address)
	if err != nil {
		return nil, err
	}
	t.Cleanup(func() { connection.Close() })
	if _, err := io.WriteString(connection, text); err != nil {
		return nil, err
	}
	return connection.(*tls.Conn), nil
}

// posting is the beginning of a request whose body has so many bytes.
func posting(length int) string {
	return fmt.Sprintf("POST /mutate-pods HTTP/1.1\r\nHost: injector\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n{", length)
}

// TestStalledBodies opens connections that announce large bodies, and send them but for
// the last byte, as far as the injector takes them.
func TestStalledBodies(t *testing.T) {
	n := newNamespace(t)
	limitMemory(t, gcm)
	const length = 7 << 20
	body := strings.Repeat(" ", length-2)
	n.injectedWhile("large bodies arrive", func() {
		atOnce(30, func(int) {
			connection, err := connect(t, gcm.WebhookAddress(), posting(length))
			if err != nil {
				t.Error(err)
				return
			}
			// An error says that the injector does not take more.
			_, _ = io.WriteString(connection, body)
		})
	})
	for i := range 10 {
		n.wantInjected(fmt.Sprintf("beside stalled requests, pod %d", i+1), n.create(dryRun))
	}
}

// TestWhatIsNotTLS tries what the API server does not do.
func TestWhatIsNotTLS(t *testing.T) {
	t.Run("plain HTTP", func(t *testing.T) {
		connection, err := net.Dial("tcp", gcm.WebhookAddress())
		if err != nil {
			t.Fatal(err)
		}
		defer connection.Close()
		fmt.Fprint(connection, posting(2), "}")
		response, err := http.ReadResponse(bufio.NewReader(connection), nil)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		text, _ := io.ReadAll(response.Body)
		if response.StatusCode != http.StatusBadRequest || !strings.Contains(string(text), "HTTPS") {
			t.Errorf("the answer is %s %s", response.Status, text)
		}
	})
	for version := uint16(tls.VersionTLS10); version <= tls.VersionTLS13; version++ {
		t.Run(tls.VersionName(version), func(t *testing.T) {
			dialer := tls.Dialer{Config: &tls.Config{InsecureSkipVerify: true, MinVersion: version, MaxVersion: version}}
			connection, err := dialer.DialContext(t.Context(), "tcp", gcm.WebhookAddress())
			if err == nil {
				connection.Close()
			}
			if accepted := err == nil; accepted != (version == tls.VersionTLS13) {
				t.Errorf("accepted: %v, error %v", accepted, err)
			}
		})
	}
}
