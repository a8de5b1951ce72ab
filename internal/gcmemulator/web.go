package gcmemulator

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"html/template"
	"io"
	"net/http"
	"strconv"
	"time"

	"cloud.google.com/go/monitoring/apiv3/v2/monitoringpb"
)

//go:embed page.html
var pageText string

var page = template.Must(template.New("page").Parse(pageText))

// pageSeries limits the page, not what is remembered.
const pageSeries = 500

// A row is a series on the page.
type row struct {
	Metric, Kind, ValueType, Resource string
	Labels, ResourceLabels            string
	Points                            int
	Last, LastValue                   string
	Plot                              template.HTML
}

// A view is what the page shows.
type view struct {
	Counts   Counts
	Period   time.Duration
	Texts    Texts
	Faults   []Fault
	Rows     []row
	Hidden   int
	Refusals []Refusal
	Rules    []Rule
}

// Handler is the web page: / for people; /points with every remembered point as a line of
// JSON, oldest first (?since=NUMBER: from that number on); /counts, /refusals; and /faults,
// which PUT replaces and DELETE clears.
func (e *Emulator) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", e.servePage)
	mux.HandleFunc("GET /points", e.servePoints)
	mux.HandleFunc("GET /counts", func(w http.ResponseWriter, _ *http.Request) { writeJSON(w, e.Counts()) })
	mux.HandleFunc("GET /refusals", func(w http.ResponseWriter, _ *http.Request) { writeJSON(w, e.Refusals()) })
	mux.HandleFunc("GET /faults", func(w http.ResponseWriter, _ *http.Request) { writeJSON(w, e.Faults()) })
	mux.HandleFunc("PUT /faults", e.putFaults)
	mux.HandleFunc("DELETE /faults", func(w http.ResponseWriter, _ *http.Request) {
		_ = e.SetFaults() // No fault is no mistake.
		w.WriteHeader(http.StatusNoContent)
	})
	// Other pages in the same browser must not order faults.
	return http.NewCrossOriginProtection().Handler(mux)
}

func writeJSON(w http.ResponseWriter, value any) {
	w.Header().Set("Content-Type", "application/json")
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	_ = encoder.Encode(value) // The reader is gone.
}

func (e *Emulator) servePoints(w http.ResponseWriter, r *http.Request) {
	since := 0
	if text := r.URL.Query().Get("since"); text != "" {
		var err error
		if since, err = strconv.Atoi(text); err != nil {
			http.Error(w, fmt.Sprintf("since=%q is not a number", text), http.StatusBadRequest)
			return
		}
	}
	w.Header().Set("Content-Type", "application/x-ndjson")
	encoder := json.NewEncoder(w)
	for _, accepted := range e.Accepted(since) {
		if encoder.Encode(toJSON(accepted)) != nil {
			return // The reader is gone.
		}
	}
}

// maxFaults is the number of bytes of an order of faults.
const maxFaults = 1 << 16

func (e *Emulator) putFaults(w http.ResponseWriter, r *http.Request) {
	text, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxFaults))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	var faults []Fault
	if err := decoder.Decode(&faults); err != nil {
		http.Error(w, "the faults are not a JSON list of faults: "+err.Error(), http.StatusBadRequest)
		return
	}
	if err := e.SetFaults(faults...); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	writeJSON(w, e.Faults())
}

func (e *Emulator) servePage(w http.ResponseWriter, _ *http.Request) {
	var out bytes.Buffer
	if err := page.Execute(&out, e.view()); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'")
	_, _ = w.Write(out.Bytes())
}

// valueText is a value for people.
func valueText(point *monitoringpb.Point) string {
	if d := point.GetValue().GetDistributionValue(); d != nil {
		return fmt.Sprintf("count %d, mean %.6g", d.GetCount(), d.GetMean())
	}
	if text, is := point.GetValue().GetValue().(*monitoringpb.TypedValue_StringValue); is {
		return text.StringValue
	}
	return strconv.FormatFloat(scalar(point), 'g', -1, 64)
}

func (e *Emulator) view() view {
	e.mu.Lock()
	defer e.mu.Unlock()
	v := view{
		Counts: Counts{e.requests, e.store.accepted, e.refused, len(e.store.series)},
		Period: e.options.Period, Texts: e.options.Texts, Rules: e.rules,
		Faults: append([]Fault(nil), e.faults...),
	}
	for i := len(e.refusals) - 1; i >= 0 && len(v.Refusals) < 20; i-- {
		v.Refusals = append(v.Refusals, e.refusals[i])
	}
	for i, known := range e.store.sorted() {
		if i == pageSeries {
			v.Hidden = len(e.store.series) - i
			break
		}
		v.Rows = append(v.Rows, row{
			Metric: known.proto.GetMetric().GetType(), Kind: known.proto.GetMetricKind().String(), ValueType: known.proto.GetValueType().String(),
			Labels: labelText(known.proto.GetMetric().GetLabels(), "=", ""), Resource: known.proto.GetResource().GetType(),
			ResourceLabels: labelText(known.proto.GetResource().GetLabels(), "=", ""),
			Points:         known.accepted, Last: rfc3339(known.end), LastValue: valueText(known.recent[len(known.recent)-1]),
			Plot: plot(known.proto.GetMetricKind(), known.recent),
		})
	}
	return v
}
