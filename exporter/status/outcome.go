package status

// An Outcome is a row of the ledger: what became of samples.
type Outcome struct {
	Name, Meaning string
	// Outside says that the samples are not in the ledger, or in another row of it, too.
	Outside bool
}

// Outcomes is the table of what may become of a selected sample. All but those outside add up
// to the samples that were selected.
var Outcomes = []Outcome{
	{"accepted", "Google has accepted the point.", false},
	{"written_before", "The point was sent a second time after a restart or an error, and Google had it.", false},
	{"refused", "Google has refused the point.", false},
	{"dropped", "Not exported, for a reason that is listed.", false},
	{"anchor", "The first sample of a counter whose start is not known: what follows is counted from it.", false},
	{"held", "Too close to the point before (--min-period), and made up for by a later point.", false},
	{"stale", "Prometheus' mark that the series has ended.", false},
	{"waiting", "On its way: held back, part of an open histogram, or not answered by Google.", false},
	{"unknown_series", "Of a series that the log no longer names: nobody can say what it was.", true},
	{"held_lost", "Of those held, what no later point made up for, because the series ended or began anew.", true},
}

// outcome returns what a row of the ledger means.
func outcome(name string) string {
	for _, o := range Outcomes {
		if o.Name == name {
			return o.Meaning
		}
	}
	return ""
}
