package webhook

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestBodiesAreCheckedBeforeTheyAreDecoded(t *testing.T) {
	aliases := "z: [" + strings.TrimSuffix(strings.Repeat("a,", 1000), ",") + "]"
	many := strings.TrimSuffix(strings.Repeat("{},", maxReviewValues), ",")
	for name, test := range map[string]struct {
		body string
		want int
	}{
		"a pod of many containers": {`{"request":{"object":{"spec":{"containers":[` + many + `]}}}}`, http.StatusOK},
		"a pod that was so before": {`{"request":{"oldObject":{"spec":{"containers":[` + many + `]}}}}`, http.StatusOK},
		"a user of many groups":    {`{"request":{"object":{},"userInfo":{"groups":[` + many + `]}}}`, http.StatusRequestEntityTooLarge},
		"an object of other case":  {`{"request":{"OBJECT":[` + many + `]}}`, http.StatusRequestEntityTooLarge},
		"an object":                {`{"a": 1}`, http.StatusOK},
		"an object with spaces":    {" \n\t{}\n", http.StatusOK},
		"a large object":           {`{"a":"` + strings.Repeat("x", maxBody/2) + `"}`, http.StatusOK},
		"nothing":                  {"", http.StatusBadRequest},
		"YAML":                     {aliases, http.StatusBadRequest},
		"YAML in braces":           {"{" + aliases + "}", http.StatusBadRequest},
		"a list":                   {"[{}]", http.StatusBadRequest},
		"half an object":           {`{"a": `, http.StatusBadRequest},
		"two objects":              {"{}{}", http.StatusBadRequest},
		"too large":                {`{"a":"` + strings.Repeat("x", maxBody) + `"}`, http.StatusRequestEntityTooLarge},
	} {
		t.Run(name, func(t *testing.T) {
			bodies := NewBodies()
			handler := bodies.Handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				got, err := io.ReadAll(r.Body)
				if err != nil || string(got) != test.body {
					t.Errorf("the body is %d bytes, want %d: %v", len(got), len(test.body), err)
				}
			}))
			for _, length := range []int64{int64(len(test.body)), -1} {
				request := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(test.body))
				request.ContentLength = length
				recorder := httptest.NewRecorder()
				handler.ServeHTTP(recorder, request)
				if recorder.Code != test.want {
					t.Errorf("with length %d the answer is %d %s, want %d", length, recorder.Code, recorder.Body, test.want)
				}
			}
			if !bodies.held.TryAcquire(maxBodies) || !bodies.values.TryAcquire(maxReviewValues) {
				t.Error("memory is still acquired after the answers")
			}
		})
	}
}

// stalled is a body of which no more comes after its text.
type stalled struct {
	text *strings.Reader
	end  chan struct{}
}

func (s stalled) Read(p []byte) (int, error) {
	if n, err := s.text.Read(p); err == nil {
		return n, nil
	}
	<-s.end
	return 0, io.ErrUnexpectedEOF
}

func TestStalledBodiesTakeWhatTheySentAndNoMore(t *testing.T) {
	bodies := NewBodies()
	handler := bodies.Handler(http.NotFoundHandler())
	end := make(chan struct{})
	const stalls = 30
	answers := make(chan int, stalls)
	serve := func(body io.Reader) {
		request := httptest.NewRequest(http.MethodPost, "/", body)
		request.ContentLength = maxBody
		recorder := httptest.NewRecorder()
		handler.ServeHTTP(recorder, request)
		answers <- recorder.Code
	}
	for range stalls {
		go serve(stalled{strings.NewReader("{"), end})
	}
	serve(strings.NewReader("{}"))
	if code := <-answers; code != http.StatusNotFound {
		t.Errorf("beside stalled requests the answer is %d", code)
	}
	close(end)
	for range stalls {
		if code := <-answers; code != http.StatusRequestTimeout {
			t.Errorf("a stalled request is answered with %d", code)
		}
	}
	if !bodies.held.TryAcquire(maxBodies) {
		t.Error("memory is still acquired after the answers")
	}
}

func TestBodiesBeyondTheMemoryForThemAreRefused(t *testing.T) {
	bodies := NewBodies()
	if !bodies.held.TryAcquire(maxBodies - firstRead) {
		t.Fatal("there is no memory for bodies")
	}
	handler := bodies.Handler(http.NotFoundHandler())
	if !bodies.values.TryAcquire(maxReviewValues - 100) {
		t.Fatal("there is no memory for values")
	}
	for text, want := range map[string]int{
		"{}": http.StatusNotFound,
		`{"request":{"userInfo":{"groups":[` + strings.Repeat("0,", 200) + `0]}}}`: http.StatusServiceUnavailable,
		`{"a":"` + strings.Repeat("x", 2*firstRead) + `"}`:                         http.StatusServiceUnavailable,
	} {
		recorder := httptest.NewRecorder()
		handler.ServeHTTP(recorder, httptest.NewRequest(http.MethodPost, "/", strings.NewReader(text)))
		if recorder.Code != want {
			t.Errorf("%d bytes are answered with %d, want %d", len(text), recorder.Code, want)
		}
	}
}
