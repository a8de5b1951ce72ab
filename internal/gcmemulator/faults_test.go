package gcmemulator

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"cloud.google.com/go/monitoring/apiv3/v2/monitoringpb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

func TestFaults(t *testing.T) {
	for _, test := range []struct {
		fault   Fault
		code    codes.Code
		written int
	}{
		{Fault{Kind: Unavailable}, codes.Unavailable, 0},
		{Fault{Kind: Slow, DelayMilliseconds: 1}, codes.OK, 2},
		{Fault{Kind: Throttled}, codes.ResourceExhausted, 0},
		{Fault{Kind: HalfApplied}, codes.DeadlineExceeded, 1},
		{Fault{Kind: LostAnswer}, codes.Unavailable, 2},
		{Fault{Kind: BadCredentials}, codes.Unauthenticated, 0},
		{Fault{Kind: MissingPermission}, codes.PermissionDenied, 0},
		{Fault{Kind: WrongProject}, codes.NotFound, 0},
		{Fault{Kind: Internal}, codes.Internal, 0},
		{Fault{Kind: Internal, Match: "web"}, codes.Internal, 0},
		{Fault{Kind: Internal, Match: "other"}, codes.OK, 2},
		{Fault{Kind: RefuseMatching, Match: "web"}, codes.InvalidArgument, 1},
		{Fault{Kind: RefuseMatching, Match: "/load"}, codes.InvalidArgument, 0},
		{Fault{Kind: RefuseAll}, codes.InvalidArgument, 0},
	} {
		t.Run(string(test.fault.Kind)+test.fault.Match, func(t *testing.T) {
			emulator, client := connect(t, Options{})
			if err := emulator.SetFaults(test.fault); err != nil {
				t.Fatal(err)
			}
			_, err := client.CreateTimeSeries(t.Context(), request(gauge("web"), gauge("db")))
			if status.Code(err) != test.code || len(emulator.Accepted(0)) != test.written {
				t.Errorf("the answer is %v with %d points written, want %v and %d", err, len(emulator.Accepted(0)), test.code, test.written)
			}
		})
	}
}

func TestAHangingRequestEndsWhenTheCallerGivesUp(t *testing.T) {
	emulator, client := connect(t, Options{})
	if err := emulator.SetFaults(Fault{Kind: Hanging}); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	answer := make(chan error)
	go func() {
		_, err := client.CreateTimeSeries(ctx, request(gauge("web")))
		answer <- err
	}()
	cancel()
	if err := <-answer; status.Code(err) != codes.Canceled {
		t.Errorf("the answer is %v", err)
	}
}

func TestAFaultEndsAfterItsRequests(t *testing.T) {
	emulator, client := connect(t, Options{})
	if err := emulator.SetFaults(Fault{Kind: Unavailable, Requests: 2}); err != nil {
		t.Fatal(err)
	}
	for i, want := range []codes.Code{codes.Unavailable, codes.Unavailable, codes.OK} {
		if _, err := client.CreateTimeSeries(t.Context(), request(gauge("web"))); status.Code(err) != want {
			t.Errorf("request %d: %v, want %v", i, err, want)
		}
	}
	if left := emulator.Faults(); len(left) != 0 {
		t.Errorf("faults are left: %v", left)
	}
}

func TestAFaultWithAProbabilityHitsSome(t *testing.T) {
	emulator, client := connect(t, Options{})
	if err := emulator.SetFaults(Fault{Kind: Throttled, Probability: 0.5}); err != nil {
		t.Fatal(err)
	}
	failed := 0
	for i := range 100 {
		if _, err := client.CreateTimeSeries(t.Context(), request(gauge(strings.Repeat("w", i+1)))); err != nil {
			failed++
		}
	}
	if failed == 0 || failed == 100 {
		t.Errorf("%d of 100 requests failed, want about half", failed)
	}
}

func TestFaultsOverHTTP(t *testing.T) {
	emulator, _ := connect(t, Options{})
	server := httptest.NewServer(emulator.Handler())
	defer server.Close()
	for _, test := range []struct {
		method, body string
		code, faults int
		text         string
	}{
		{http.MethodPut, `[{"kind": "slow", "delayMilliseconds": 5, "requests": 3}, {"kind": "internal", "match": "web"}]`, 200, 2, `"match": "web"`},
		{http.MethodGet, "", 200, 2, `"delayMilliseconds": 5`},
		{http.MethodPut, `[{"kind": "fire"}]`, 400, 2, `there is no fault "fire"`},
		{http.MethodPut, `[{"kind": "slow", "delay": 1}]`, 400, 2, `unknown field "delay"`},
		{http.MethodPut, `[{"kind": "slow", "probability": 2}]`, 400, 2, "between 0 and 1"},
		{http.MethodPut, `[{"kind": "slow", "requests": -1}]`, 400, 2, "must not be negative"},
		{http.MethodDelete, "", 204, 0, ""},
	} {
		request, err := http.NewRequestWithContext(t.Context(), test.method, server.URL+"/faults", strings.NewReader(test.body))
		if err != nil {
			t.Fatal(err)
		}
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(response.Body)
		response.Body.Close()
		if err != nil || response.StatusCode != test.code || !strings.Contains(string(text), test.text) || len(emulator.Faults()) != test.faults {
			t.Errorf("%s %s: %d %s with %d faults, %v", test.method, test.body, response.StatusCode, text, len(emulator.Faults()), err)
		}
	}
}

func TestOtherPagesCannotOrderFaults(t *testing.T) {
	emulator, _ := connect(t, Options{})
	request := httptest.NewRequestWithContext(t.Context(), http.MethodPut, "/faults", strings.NewReader("[]"))
	request.Header.Set("Sec-Fetch-Site", "cross-site")
	recorder := httptest.NewRecorder()
	emulator.Handler().ServeHTTP(recorder, request)
	if recorder.Code != http.StatusForbidden {
		t.Errorf("the answer is %d, want 403", recorder.Code)
	}
}

var _ monitoringpb.MetricServiceServer = (*Emulator)(nil)
