package status

import "time"

// A Report is what the exporter says about itself at one moment. It is the JSON of
// /statusz.json; times are in RFC 3339.
type Report struct {
	Version string    `json:"version"`
	Started time.Time `json:"started"`
	Now     time.Time `json:"now"`
	// Ready and Healthy are the answers of /-/ready and /-/healthy, with the reason where
	// they are false.
	Ready     bool   `json:"ready"`
	NotReady  string `json:"notReady,omitempty"`
	Healthy   bool   `json:"healthy"`
	Unhealthy string `json:"unhealthy,omitempty"`

	Destination   Destination   `json:"destination"`
	Log           Log           `json:"log"`
	Prometheus    Peer          `json:"prometheus"`
	Google        Google        `json:"google"`
	State         State         `json:"state"`
	Configuration Configuration `json:"configuration"`
	// Samples is the ledger: each selected sample is in exactly one of its rows.
	Samples []Amount `json:"samples"`
	// Selected is how many there are: the sum of those rows.
	Selected uint64 `json:"selected"`
	// Outside are samples that are not in the ledger, such as those of unknown series.
	Outside []Amount `json:"outside"`
	// HeldLost is by how much counters would have risen with the samples held_lost.
	HeldLost float64  `json:"heldLost"`
	Metrics  []Metric `json:"metrics"`
	Reasons  []Reason `json:"reasons"`
	// Minutes has the points of the last hour, the oldest minute first.
	Minutes []Minute `json:"minutes"`
}

// Destination is where the points go.
type Destination struct {
	Name     string `json:"name"`
	Project  string `json:"project"`
	Location string `json:"location,omitempty"`
	Cluster  string `json:"cluster,omitempty"`
	Address  string `json:"address"`
}

// Log is how far the write-ahead log has been read.
type Log struct {
	Directory string `json:"directory"`
	Segment   int    `json:"segment"`
	Offset    int64  `json:"offset"`
	// Unread is the number of bytes that lie unread, and Newest the time of the newest
	// sample that was read.
	Unread int64     `json:"unread"`
	Newest time.Time `json:"newest"`
	// Samples counts all samples that went by, and Damage what could not be read.
	Samples uint64   `json:"samples"`
	Damage  []Amount `json:"damage,omitempty"`
	// Unknown counts records of kinds that this version does not know, by number.
	Unknown []Amount `json:"unknownRecords,omitempty"`
	// LostSeconds is the time for which the log no longer held what was to be read.
	LostSeconds []Amount `json:"lostSeconds,omitempty"`
	// Error says why the log cannot be read.
	Error string `json:"error,omitempty"`
}

// Peer is a program that is asked.
type Peer struct {
	Address     string    `json:"address"`
	LastSuccess time.Time `json:"lastSuccess"`
	LastError   string    `json:"lastError,omitempty"`
	Targets     int       `json:"targets"`
	// Awaited is the target for whose first scrape reading waits; "" for none.
	Awaited string `json:"awaited,omitempty"`
}

// Google is how sending goes.
type Google struct {
	LastAccepted time.Time `json:"lastAccepted"`
	LastError    string    `json:"lastError,omitempty"`
	LastErrorAt  time.Time `json:"lastErrorAt"`
	Queue        int       `json:"queue"`
	Capacity     int       `json:"capacity"`
	Concurrency  int       `json:"concurrency"`
	Requests     uint64    `json:"requests"`
	RequestTime  float64   `json:"requestSeconds"`
}

// State is what would survive a restart now.
type State struct {
	File  string    `json:"file,omitempty"`
	Saved time.Time `json:"saved"`
	Error string    `json:"error,omitempty"`
}

// Configuration is what applies: what is built in, or what flags and file say.
type Configuration struct {
	// Case is a word for what applies (configuration.Case), and Applies says it to people.
	Case    string `json:"case"`
	Applies string `json:"applies"`
	// File is the path, and Absent says that there is no file.
	File   string    `json:"file,omitempty"`
	Absent bool      `json:"absent,omitempty"`
	Loaded time.Time `json:"loaded"`
	// Error says why a newer file is not in use.
	Error string `json:"error,omitempty"`
}

// An Amount is a number of something.
type Amount struct {
	Name  string  `json:"name"`
	Count float64 `json:"count"`
}

// A Metric is a metric of Google Cloud Monitoring that is exported.
type Metric struct {
	Type            string  `json:"type"`
	Kind            string  `json:"kind"`
	Value           string  `json:"valueType"`
	Series          int     `json:"series"`
	PointsPerMinute float64 `json:"pointsPerMinute"`
	LastValue       string  `json:"lastValue,omitempty"`
	LastRefusal     string  `json:"lastRefusal,omitempty"`
	// LastRefusalAt is when that was.
	LastRefusalAt time.Time `json:"lastRefusalAt,omitzero"`
}

// A Reason is a reason for which samples are not exported.
type Reason struct {
	Name     string   `json:"name"`
	Count    uint64   `json:"count"`
	Meaning  string   `json:"meaning"`
	Fix      string   `json:"fix"`
	Examples []string `json:"examples,omitempty"`
	// Refused says that it is Google who refuses, and Expected that it is part of normal
	// operation, so that nobody need do anything.
	Refused  bool `json:"refused,omitempty"`
	Expected bool `json:"expected,omitempty"`
	// Last is when that happened last, within some seconds; zero for not since the start.
	Last time.Time `json:"last,omitzero"`
}

// A Minute is what became of the points of a minute.
type Minute struct {
	Accepted uint64 `json:"accepted"`
	Refused  uint64 `json:"refused"`
}
