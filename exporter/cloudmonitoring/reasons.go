package cloudmonitoring

import (
	"regexp"

	"google.golang.org/grpc/codes"
)

// A Result is what became of a point.
type Result string

// The results.
const (
	// Accepted points are in Google Cloud Monitoring.
	Accepted Result = "accepted"
	// WrittenBefore points were sent before, by this process or the one before it, and
	// Google says that it has them or something newer.
	WrittenBefore Result = "written_before"
	// Refused points were refused by Google.
	Refused Result = "refused"
	// Dropped points were given up here.
	Dropped Result = "dropped"
	// Reanchor is a refused point whose start Google will not take: the series needs
	// another one, after the delay of the outcome.
	Reanchor Result = "reanchor"
)

// A Reason is why a point was refused or dropped, or why a request waits.
type Reason struct {
	// ID is the value of the label "reason" in metrics. It never changes.
	ID string
	// Result is that of the points; "" where they are kept, and the request is sent again.
	Result Result
	// Meaning and Fix are for people: what has happened, and what to do.
	Meaning, Fix string

	// codes are those of requests that wait, and pattern is found in the text of a refusal.
	codes   []codes.Code
	pattern *regexp.Regexp
	// again says that a point which was possibly sent before has been written if Google
	// refuses it for this reason.
	again bool
	// start says that another start may help.
	start bool
	// conflict says that the metric is set aside; the pattern's first group is its type.
	conflict bool
	// ambiguous says that points may have been written although the request failed.
	ambiguous bool
	// halves says that a request which keeps failing so is halved.
	halves bool
	// denied says that nothing will be accepted before somebody does something.
	denied bool
}

// Reasons is the table of all reasons: those for which a request waits, those for which
// Google refuses points, and those for which they are given up. Of the patterns the first
// that matches decides.
var Reasons = []Reason{
	{
		ID: "unavailable", codes: []codes.Code{codes.Unavailable, codes.Canceled}, ambiguous: true,
		Meaning: "Google cannot be reached. The request is sent again until it can.",
		Fix:     "Nothing is lost while Prometheus' log still holds the samples. Look at the network and at Google's status page if it lasts.",
	},
	{
		ID: "deadline", codes: []codes.Code{codes.DeadlineExceeded}, ambiguous: true,
		Meaning: "Google did not answer in time. The points may have been written; the request is sent again.",
		Fix:     "Nothing, unless it lasts.",
	},
	{
		ID: "internal", codes: []codes.Code{codes.Internal, codes.Aborted, codes.Unknown, codes.DataLoss}, ambiguous: true, halves: true,
		Meaning: "Google failed. The request is sent again; if it alone keeps failing for five minutes, it is halved until the series is found that makes it fail.",
		Fix:     "Nothing, unless it lasts.",
	},
	{
		ID: "throttled", codes: []codes.Code{codes.ResourceExhausted},
		Meaning: "A quota of the project is used up. The request is sent again, at a lower rate.",
		Fix:     "Raise the quota \"Time series ingestion requests\" of the Monitoring API, or export less.",
	},
	{
		ID: "credentials", codes: []codes.Code{codes.Unauthenticated}, denied: true,
		Meaning: "Google does not accept the credentials. Everything waits.",
		Fix:     "Give the pod a service account of Google: Workload Identity, or a key in GOOGLE_APPLICATION_CREDENTIALS.",
	},
	{
		ID: "permission", codes: []codes.Code{codes.PermissionDenied}, denied: true,
		Meaning: "The role roles/monitoring.metricWriter is missing, or the Monitoring API is not enabled. Everything waits.",
		Fix:     "Grant the role on the project; the log says to whom, with the command.",
	},
	{
		ID: "project", codes: []codes.Code{codes.NotFound}, denied: true,
		Meaning: "The project does not exist. Everything waits.",
		Fix:     "Set --stackdriver.project-id to the id of a project, not to its name.",
	},
	{
		ID: "start_order", Result: Refused, again: true, start: true,
		pattern: regexp.MustCompile(`older start time|New reset timestamp`),
		Meaning: "Google holds points of this series that are newer than the start of this one. Two programs write the same series, or the state was lost.",
		Fix:     "Nothing, if it was a restart or a rollout: the series gets another start by itself. Else let each program write its own series.",
	},
	{
		ID: "end_order", Result: Refused, again: true, start: true,
		pattern: regexp.MustCompile(`must be written in order|older end time`),
		Meaning: "Google holds a point of this series that is as new as this one, or newer. Two programs write the same series, or the state was lost.",
		Fix:     "As for start_order.",
	},
	{
		ID: "too_frequent", Result: Refused, again: true,
		pattern: regexp.MustCompile(`more frequently than the maximum sampling period`),
		Meaning: "The point before is too recent: Google takes one point of a series in about five seconds, and has refused 5.5 s.",
		Fix:     "Leave --min-period at 9s or more.",
	},
	{
		ID: "duplicate", Result: Refused, again: true,
		pattern: regexp.MustCompile(`Duplicate TimeSeries`),
		Meaning: "A request had the series twice.",
		Fix:     "Please report it: that must not happen.",
	},
	{
		ID: "kind_conflict", Result: Refused, conflict: true,
		pattern: regexp.MustCompile(`Metric kind for metric (\S+) must be`),
		Meaning: "The metric exists in the project as another kind, say as a gauge and not as a counter. It is set aside for ten minutes.",
		Fix:     "Give it another name with metric_renames, or delete the metric descriptor, and its history with it.",
	},
	{
		ID: "value_type_conflict", Result: Refused, conflict: true,
		pattern: regexp.MustCompile(`Value type for metric (\S+) must be|conflicts with the existing value type`),
		Meaning: "The metric exists in the project with another value type. It is set aside for ten minutes.",
		Fix:     "As for kind_conflict.",
	},
	{
		ID: "label_limit", Result: Refused,
		pattern: regexp.MustCompile(`to have over \d+ labels`),
		Meaning: "The series of this metric have too many different labels in sum.",
		Fix:     "Aggregate it by the labels that matter (aggregate in the configuration), or set --max-labels lower.",
	},
	{
		ID: "location", Result: Refused,
		pattern: regexp.MustCompile(`Unrecognized region or location`),
		Meaning: "Google does not know the location.",
		Fix:     "Set --stackdriver.kubernetes.location (or --stackdriver.generic.location) to a region or zone, such as europe-west4.",
	},
	{
		ID: "metric_type", Result: Refused,
		pattern: regexp.MustCompile(`URL-formatted string|metric\.type had an invalid value`),
		Meaning: "Google does not take the name of the metric.",
		Fix:     "Give it another name with metric_renames.",
	},
	{
		ID: "label", Result: Refused,
		pattern: regexp.MustCompile(`Label key|Label value|metric\.labels`),
		Meaning: "Google does not take a label: keys have at most 100 characters, values 1024.",
		Fix:     "Aggregate without the label.",
	},
	{
		ID: "resource", Result: Refused,
		pattern: regexp.MustCompile(`\bresource\.(type|labels)\b.*had an invalid value|monitored resource`),
		Meaning: "Google does not take the monitored resource.",
		Fix:     "Look at the flags --stackdriver.kubernetes.… and --stackdriver.generic.….",
	},
	{
		ID: "too_old_for_google", Result: Refused,
		pattern: regexp.MustCompile(`more than \d+h(\d+s)? in the past`),
		Meaning: "The point was too old when it reached Google.",
		Fix:     "Leave --max-age at 24h30m or less, and look at the clock of the node.",
	},
	{
		ID: "future", Result: Refused,
		pattern: regexp.MustCompile(`in the future`),
		Meaning: "The point lies in the future.",
		Fix:     "Set the clock of the node.",
	},
	{
		ID: "interval", Result: Refused,
		pattern: regexp.MustCompile(`interval\.(start|end)_time`),
		Meaning: "Google does not take the interval of the point.",
		Fix:     "Please report it, with the text of the refusal.",
	},
	{
		ID: "distribution", Result: Refused,
		pattern: regexp.MustCompile(`[Dd]istribution|bucket_counts`),
		Meaning: "Google does not take the histogram.",
		Fix:     "Please report it, with the text of the refusal.",
	},
	{
		ID: "other", Result: Refused,
		pattern: regexp.MustCompile(``),
		Meaning: "Google refuses the point for a reason that this program does not know.",
		Fix:     "Read the text of the refusal, and please report it.",
	},
	{
		ID: "too_old", Result: Dropped,
		Meaning: "The point became older than --max-age before Google took it.",
		Fix:     "Look why it had to wait: the log says since when Google refuses or cannot be reached.",
	},
	{
		ID: "set_aside", Result: Dropped,
		Meaning: "Google refused the metric as a whole in the last ten minutes, because it exists with another kind or value type.",
		Fix:     "Give it another name with metric_renames, or delete the metric descriptor, and its history with it.",
	},
	{
		ID: "google_internal", Result: Dropped,
		Meaning: "Google answers INTERNAL or ABORTED whenever this series is in a request, and takes requests without it.",
		Fix:     "Report it to Google with the series. It is tried again with each of its points.",
	},
	{
		ID: "reanchored", Result: Dropped,
		Meaning: "Google refused the start of the series, and it has got no other one yet.",
		Fix:     "Nothing, if it was a restart or a rollout. Else let each program write its own series.",
	},
}

// reasonOf finds a reason by its id.
func reasonOf(id string) *Reason {
	for i := range Reasons {
		if Reasons[i].ID == id {
			return &Reasons[i]
		}
	}
	return nil
}

// waits returns the reason for which a request with this code is sent again; nil: it is not.
func waits(code codes.Code) *Reason {
	for i := range Reasons {
		for _, waiting := range Reasons[i].codes {
			if waiting == code {
				return &Reasons[i]
			}
		}
	}
	return nil
}

// refuses returns the reason of a refusal in Google's words.
func refuses(text string) *Reason {
	for i := range Reasons {
		if Reasons[i].pattern != nil && Reasons[i].pattern.MatchString(text) {
			return &Reasons[i]
		}
	}
	return reasonOf("other")
}
