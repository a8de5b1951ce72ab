package points_test

import (
	"bytes"
	"encoding/gob"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/linkerd-gcm/linkerd-gcm/exporter/configuration"
	"github.com/linkerd-gcm/linkerd-gcm/exporter/points"
	"github.com/linkerd-gcm/linkerd-gcm/exporter/series"
)

const everything = `
aggregate:
- metric: c_total
  by: [code]
  to: c_sum
- metric: h
  by: [code]
  to: h_sum_of_all
- metric: n
  by: []
  to: n_sum
aggregated_counters:
- metric: all_d
  help: all of d
  filters: ['d_total']
static_metadata:
- metric: job:c:sum
  type: counter
- metric: rh
  type: histogram
`

// variants are the settings that random logs are derived with.
var variants = map[string]func(*configuration.Settings){
	"every sample": func(*configuration.Settings) {},
	"min-period":   func(s *configuration.Settings) { s.MinPeriod = 15 * time.Second },
	"limits":       func(s *configuration.Settings) { s.MaxSeries, s.MaxInputs = 12, 5 },
	"managed":      func(s *configuration.Settings) { s.Destination = configuration.ManagedPrometheus },
}

// derive makes a derivation that writes its points to lines.
func derive(t testing.TB, resolver *series.Resolver, lines *[]string) *points.Derivation {
	return points.New(points.Options{Horizon: 1}, resolver, &fakeLookup{types: knownTypes}, func(p points.Point) {
		line, err := points.JSON(p)
		if err != nil {
			t.Fatal(err)
		}
		*lines = append(*lines, string(line))
	})
}

func resolverOf(t testing.TB, text string, change func(*configuration.Settings)) *series.Resolver {
	t.Helper()
	file, err := configuration.ParseFile([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	settings := settingsForTests()
	change(&settings)
	return series.NewResolver(settings, file)
}

// saved returns a copy of a derivation as a restart makes it.
func saved(t testing.TB, d *points.Derivation, resolver *series.Resolver, lines *[]string) *points.Derivation {
	t.Helper()
	var text bytes.Buffer
	if err := d.Save(gob.NewEncoder(&text).Encode); err != nil {
		t.Fatal(err)
	}
	copied := derive(t, resolver, lines)
	if _, err := copied.Restore(gob.NewDecoder(&text).Decode); err != nil {
		t.Fatal(err)
	}
	// DeepEqual is quick, but finds no NaN equal to another.
	if before, after := known(t, d), known(t, copied); !reflect.DeepEqual(before, after) {
		if diff := cmp.Diff(before, after, cmpopts.EquateNaNs()); diff != "" {
			t.Fatalf("a restored derivation knows something else:\n%s", diff)
		}
	}
	return copied
}

// known returns all that a derivation knows, as the state file gives it back.
func known(t testing.TB, d *points.Derivation) []any {
	t.Helper()
	var all []any
	var text bytes.Buffer
	encoder, decoder := gob.NewEncoder(&text), gob.NewDecoder(&text)
	err := d.Save(func(value any) error {
		decoded := reflect.New(reflect.TypeOf(value).Elem())
		all = append(all, decoded.Interface())
		return errors.Join(encoder.Encode(value), decoder.DecodeValue(decoded))
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestACutChangesNothing(t *testing.T) {
	for name, change := range variants {
		t.Run(name, func(t *testing.T) {
			testSeeds(t, func(t *testing.T, seed uint64) {
				w := newWorld(seed)
				log, resolver := w.run(100), resolverOf(t, everything, change)
				other := resolverOf(t, "metric_renames: [{from: c_total, to: renamed}, {from: h, to: other}]\n"+everything, change)
				var whole, cut []string
				d, c := derive(t, resolver, &whole), derive(t, resolver, &cut)
				for i, operation := range log {
					if errors.Join(operation(d), operation(c)) != nil {
						t.Fatal("a lookup that knows everything made it wait")
					}
					if w.IntN(200) == 0 {
						resolver, other = other, resolver
						d.Reconfigure(resolver)
						c.Reconfigure(resolver)
						conserved(t, d.Counts(), int(d.Counts().Emitted))
					}
					if w.IntN(100) == 0 {
						c = saved(t, c, resolver, &cut)
					}
					if len(whole) != len(cut) {
						t.Fatalf("after operation %d", i)
					}
				}
				d.Finish()
				c.Finish()
				if diff := cmp.Diff(whole, cut); diff != "" {
					t.Error(diff)
				}
				if diff := cmp.Diff(d.Counts(), c.Counts()); diff != "" {
					t.Error(diff)
				}
				if len(whole) < 1000 && name != "limits" {
					t.Errorf("only %d points:\n%s", len(whole), strings.Join(whole, "\n"))
				}
			})
		})
	}
}

// conserved fails the test if the counts do not add up.
func conserved(t testing.TB, c points.Counts, emitted int) {
	t.Helper()
	sum := c.Emitted + c.Anchors + c.Held + c.Stale + c.Waiting
	for _, n := range c.Dropped {
		sum += n
	}
	if sum != c.Selected || c.Emitted != uint64(emitted) {
		t.Fatalf("%d samples of the points, %d of %+v", emitted, sum, c)
	}
}

func TestConservation(t *testing.T) {
	for name, change := range variants {
		t.Run(name, func(t *testing.T) {
			testSeeds(t, func(t *testing.T, seed uint64) {
				emitted := 0
				lookup := &fakeLookup{types: knownTypes}
				d := points.New(points.Options{}, resolverOf(t, everything, change), lookup, func(p points.Point) { emitted += p.Samples })
				w := newWorld(seed)
				for _, operation := range w.run(100) {
					if lookup.waits = w.IntN(10) == 0; lookup.waits {
						before := d.Counts()
						if err := operation(d); err != nil && d.Counts().Emitted != before.Emitted {
							t.Fatal("points of a record that waits")
						} else if err == nil {
							conserved(t, d.Counts(), emitted)
							continue
						}
						conserved(t, d.Counts(), emitted)
						lookup.waits = false
					}
					if err := operation(d); err != nil {
						t.Fatal(err)
					}
					conserved(t, d.Counts(), emitted)
				}
				d.Finish()
				conserved(t, d.Counts(), emitted)
			})
		})
	}
}
