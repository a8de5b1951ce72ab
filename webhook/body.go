package webhook

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"

	"golang.org/x/sync/semaphore"
)

// The limits of request bodies, in bytes.
const (
	// maxBody is more than any body that the API server sends: an object as it was and as
	// it is to be, of at most 3 MiB each
	// (k8s.io/apiserver, pkg/server/config.go, MaxRequestBodyBytes).
	maxBody = 8 << 20
	// maxBodies is what all bodies that are held at one time may have together.
	maxBodies = 24 << 20
	// firstRead is what is acquired for a body before any of it is there.
	firstRead = 4 << 10
)

// maxReviewValues is how many values all reviews that are decoded at one time may have
// together. Those of objects do not count where they are many: they are decoded later,
// in turns. A name in a list of two bytes takes 16 once it is decoded, and an entry of a
// map some hundred.
const maxReviewValues = 500_000

// Bodies limits what the bodies of requests cost: each one, and all together. One
// Bodies serves all handlers of a server.
type Bodies struct {
	// held are the bytes of bodies, and values those of reviews.
	held, values *semaphore.Weighted
}

// NewBodies returns Bodies that hold none yet.
func NewBodies() *Bodies {
	return &Bodies{held: semaphore.NewWeighted(maxBodies), values: semaphore.NewWeighted(maxReviewValues)}
}

// Handler returns a handler that calls another with bodies that are valid JSON objects
// within the limits, and answers all others itself. Controller-runtime's decoder reads
// YAML too, in which a small text can stand for a large value.
func (b *Bodies) Handler(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		text, err := b.read(r)
		defer b.held.Release(int64(cap(text)))
		if err == nil {
			var values int64
			values, err = b.takeValues(text)
			defer b.values.Release(values)
		}
		var refusal *bodyError
		switch {
		case errors.As(err, &refusal):
			http.Error(w, refusal.message, refusal.status)
			return
		case err != nil:
			// The client is gone, or too slow.
			http.Error(w, "the body could not be read: "+err.Error(), http.StatusRequestTimeout)
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(text))
		next.ServeHTTP(w, r)
	})
}

// bodyError says why a body is not accepted, with the status of the response.
type bodyError struct {
	status  int
	message string
}

func (e *bodyError) Error() string { return e.message }

var (
	errBodyTooLarge = &bodyError{http.StatusRequestEntityTooLarge, fmt.Sprintf("the body is larger than %d bytes", maxBody)}
	errBusy         = &bodyError{http.StatusServiceUnavailable, "the bodies of other requests take all memory there is for them; try again"}
	errNotJSON      = &bodyError{http.StatusBadRequest, "the body is not a JSON object"}
	errManyValues   = &bodyError{http.StatusRequestEntityTooLarge, fmt.Sprintf("the body has more than %d values beside its objects", maxReviewValues)}
)

// read reads the body of a request. What the text can hold, its capacity, is acquired
// for it, also where an error is returned.
func (b *Bodies) read(r *http.Request) (text []byte, err error) {
	if r.ContentLength > maxBody {
		return nil, errBodyTooLarge
	}
	for {
		if len(text) == cap(text) {
			if text, err = b.grow(text); err != nil {
				return text, err
			}
		}
		n, err := r.Body.Read(text[len(text):cap(text)])
		text = text[:len(text)+n]
		// What cannot be JSON is refused at its first byte.
		if len(text) > 0 && !beginsObject(text) {
			return text, errNotJSON
		}
		switch {
		case errors.Is(err, io.EOF) && json.Valid(text):
			return text, nil
		case errors.Is(err, io.EOF):
			return text, errNotJSON
		case err != nil:
			return text, err
		}
	}
}

// grow makes room for more of a body, twice as much each time. What a request says of
// its length is not believed: it costs memory once it is there.
func (b *Bodies) grow(text []byte) ([]byte, error) {
	capacity := max(firstRead, 2*cap(text))
	if capacity > maxBody {
		return text, errBodyTooLarge
	}
	if !b.held.TryAcquire(int64(capacity)) {
		return text, errBusy
	}
	grown := make([]byte, len(text), capacity)
	copy(grown, text)
	b.held.Release(int64(cap(text)))
	return grown, nil
}

// takeValues acquires the values of a review, and returns how many it has acquired.
func (b *Bodies) takeValues(text []byte) (values int64, err error) {
	values = int64(countReviewValues(text))
	switch {
	case values > maxReviewValues:
		return 0, errManyValues
	case !b.values.TryAcquire(values):
		return 0, errBusy
	}
	return values, nil
}

// beginsObject reports whether a text begins as a JSON object does.
func beginsObject(text []byte) bool {
	trimmed := bytes.TrimLeft(text, " \t\r\n")
	return len(trimmed) == 0 || trimmed[0] == '{'
}
