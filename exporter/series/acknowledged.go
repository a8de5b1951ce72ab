package series

// Acknowledged is what Google has said about a time series: what a restart has to know. Times
// are milliseconds since 1970.
type Acknowledged struct {
	Identity Identity
	// End is that of the last point that Google has answered to, so that it and those before
	// it need not be sent again.
	End int64
	// Proved is the start of the last point that was accepted; 0 for gauges.
	Proved int64
}
