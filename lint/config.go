package lint

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/linkerd-gcm/linkerd-gcm/internal/spelling"
	"github.com/linkerd-gcm/linkerd-gcm/source"
	"github.com/linkerd-gcm/linkerd-gcm/stackdriver"
)

// atValue returns a finding at a value of the sidecar's configuration, or at the
// entry that lacks it.
func (c *context) atValue(v stackdriver.Value, entry source.Position, format string, args ...any) Finding {
	if v.Position.Line == 0 {
		return c.SidecarConfig.at(entry, 0, format, args...)
	}
	return c.SidecarConfig.at(v.At(0), utf8.RuneCountInString(v.Text), format, args...)
}

// renames returns the entries of metric_renames, none if the file is not
// given or does not have the structure that the sidecar reads.
func (c *context) renames() []stackdriver.Rename {
	if !c.configReadable() || c.managed() { // where they have no effect
		return nil
	}
	return c.config.Renames
}

// metadata returns the entries of static_metadata, as renames does.
func (c *context) metadata() []stackdriver.StaticMetadata {
	if !c.configReadable() {
		return nil
	}
	return c.config.StaticMetadata
}

// counters returns the entries of aggregated_counters, as renames does.
func (c *context) counters() []stackdriver.AggregatedCounter {
	if !c.configReadable() {
		return nil
	}
	return c.config.AggregatedCounters
}

// configReadable reports whether the configuration file is given and can be decoded.
// Only then is it known what it does not contain.
func (c *context) configReadable() bool {
	return c.config != nil && !slices.ContainsFunc(c.config.Diagnostics, func(d stackdriver.ConfigDiagnostic) bool {
		return d.Kind == stackdriver.WrongKind
	})
}

// indexConfig finds the entries that hold: the last ones.
func (c *context) indexConfig() {
	c.lastRename, c.newNames, c.lastMetadata = map[string]source.Position{}, map[string]string{}, map[string]stackdriver.StaticMetadata{}
	for _, r := range c.renames() {
		c.lastRename[r.From.Text] = r.Position
	}
	for _, r := range c.renames() {
		if _, taken := c.newNames[r.To.Text]; !taken && c.lastRename[r.From.Text] == r.Position {
			c.newNames[r.To.Text] = r.From.Text
		}
	}
	for _, entry := range c.metadata() {
		c.lastMetadata[entry.Metric.Text] = entry
	}
}

// recordedNowhere reports whether a metric is known not to exist: its name has
// the colon of a recorded one, and no rule records it.
func (c *context) recordedNowhere(name string) bool {
	return c.RulesComplete && strings.Contains(name, ":") && len(c.recordsOf[name]) == 0
}

// nearestRecord returns the recorded metric whose name is most like another one,
// or "" if there is none or if the search would take long.
func (c *context) nearestRecord(name string, wanted int) string {
	const most, longest = 100_000, 200
	if len(c.recordedSorted)*wanted > most || len(name) > longest {
		return ""
	}
	return spelling.Nearest(name, c.recordedSorted)
}
