package load

import (
	"bytes"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"

	"github.com/linkerd-gcm/linkerd-gcm/inject"
)

// TestStreamsThatAreReset sends thousands of reviews over HTTP/2, and gives each up as
// soon as it is sent. Nothing is decided about them, although that would take long.
func TestStreamsThatAreReset(t *testing.T) {
	n, attacked := newNamespace(t), newNamespace(t)
	api := newAPIServer(t)
	api.slow = attacked.name
	replica := behind(t, api)
	api.delay.Store(int64(time.Hour))
	limitMemory(t, replica)
	pod := attacked.prometheus()
	pod.Annotations = map[string]string{"example.com/large": strings.Repeat("x", 8<<10)}
	text, err := json.Marshal(pod)
	if err != nil {
		t.Fatal(err)
	}
	body := []byte(attacked.review(string(text), ""))
	n.injectedWhile("streams are reset", func() {
		atOnce(4, func(int) {
			for left := 1500; left > 0; {
				sent, err := reset(t, replica.WebhookAddress(), body, left)
				if err != nil {
					t.Error(err)
					return
				}
				left -= sent
			}
		})
	})
	n.await("the reads to end", func() error { return unless(api.waiting.Load() == 0, "they do not") })
	for _, reason := range []inject.Reason{inject.ReadFailed, inject.Overloaded} {
		if count := failures(t, replica, reason); count > 0 {
			t.Errorf("%v requests ended with reason %s, although they had been given up", count, reason)
		}
	}
	if failures(t, replica, inject.Canceled) == 0 {
		t.Error("no request was canceled")
	}
}

// resetter is an HTTP/2 connection whose streams are reset.
type resetter struct {
	connection *tls.Conn
	framer     *http2.Framer

	mutex sync.Mutex // for writing, and for what follows
	ready *sync.Cond
	// credit is how many bytes the server takes.
	credit int
	// err is why the connection has ended.
	err error
}

// reset opens a connection, and sends and resets so many requests, or as many as the
// server takes before it ends the connection, at least one.
func reset(t *testing.T, address string, body []byte, count int) (sent int, err error) {
	t.Helper()
	dialer := tls.Dialer{Config: &tls.Config{InsecureSkipVerify: true, NextProtos: []string{http2.NextProtoTLS}}}
	connection, err := dialer.DialContext(t.Context(), "tcp", address)
	if err != nil {
		return 0, err
	}
	defer connection.Close()
	r := &resetter{connection: connection.(*tls.Conn), framer: http2.NewFramer(connection, connection), credit: 65_535}
	r.ready = sync.NewCond(&r.mutex)
	_, err = connection.Write([]byte(http2.ClientPreface))
	if err := errors.Join(err, r.framer.WriteSettings()); err != nil {
		return 0, err
	}
	go r.receive()
	headers := requestHeaders(address, len(body))
	for sent < count {
		if err := r.send(uint32(2*sent+1), headers, body); err != nil {
			if sent == 0 {
				return 0, fmt.Errorf("sending a request: %w", err)
			}
			return sent, nil
		}
		sent++
	}
	return sent, nil
}

func requestHeaders(address string, length int) []byte {
	var block bytes.Buffer
	encoder := hpack.NewEncoder(&block)
	for _, field := range []hpack.HeaderField{
		{Name: ":method", Value: "POST"}, {Name: ":scheme", Value: "https"}, {Name: ":authority", Value: address},
		{Name: ":path", Value: "/mutate-pods"}, {Name: "content-type", Value: "application/json"},
		{Name: "content-length", Value: fmt.Sprint(length)},
	} {
		// A field that is not indexed is the same in each request.
		field.Sensitive = true
		_ = encoder.WriteField(field) // A buffer takes everything.
	}
	return block.Bytes()
}

// send sends a request, and resets its stream.
func (r *resetter) send(stream uint32, headers, body []byte) error {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	for r.credit < len(body) && r.err == nil {
		r.ready.Wait()
	}
	if r.err != nil {
		return r.err
	}
	r.credit -= len(body)
	return errors.Join(
		r.framer.WriteHeaders(http2.HeadersFrameParam{StreamID: stream, BlockFragment: headers, EndHeaders: true}),
		r.framer.WriteData(stream, true, body),
		r.framer.WriteRSTStream(stream, http2.ErrCodeCancel),
	)
}

// receive reads what the server sends, until the connection ends.
func (r *resetter) receive() {
	for {
		frame, err := r.framer.ReadFrame()
		r.mutex.Lock()
		switch f := frame.(type) {
		case *http2.WindowUpdateFrame:
			if f.StreamID == 0 {
				r.credit += int(f.Increment)
			}
		case *http2.SettingsFrame:
			if !f.IsAck() {
				err = errors.Join(err, r.framer.WriteSettingsAck())
			}
		case *http2.GoAwayFrame:
			err = fmt.Errorf("the server ends the connection: %s", f.ErrCode)
		}
		r.err = err
		r.ready.Broadcast()
		r.mutex.Unlock()
		if err != nil {
			return
		}
	}
}
