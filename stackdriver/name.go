package stackdriver

const (
	// Name is the name of the binary, of the image in every guide, and of the
	// container that is injected.
	Name = "stackdriver-prometheus-sidecar"
	// Port is where the sidecar serves its own metrics. It is the program's
	// default, and no flag of ours moves it.
	Port = 9091
)
