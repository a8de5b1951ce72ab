package monitoring

import (
	"fmt"
	"regexp"
	"strings"
)

// LocationForm is a form that the location of a monitored resource has.
type LocationForm struct {
	// What says what has this form, and Example is one.
	What, Example string
	// Source says where the form is from.
	Source string

	pattern *regexp.Regexp
}

// The parts of the names of Google Cloud's regions.
const (
	continents = `(africa|asia|australia|europe|me|northamerica|southamerica|us)`
	directions = `(central|(north|south)(east|west)?|east|west)`
)

// LocationForms is the table of the forms of locations. A time series whose location
// Google does not recognize is discarded
// (cloud.google.com/monitoring/docs/region-support), with the error "Unrecognized region
// or location." The table does not list the regions, of which there are more every year.
var LocationForms = []LocationForm{
	{
		"a region of Google Cloud", "us-central1",
		"cloud.google.com/compute/docs/regions-zones",
		regexp.MustCompile(`^` + continents + `-` + directions + `[1-9][0-9]?$`),
	},
	{
		"a zone of Google Cloud", "europe-west1-b",
		"cloud.google.com/compute/docs/regions-zones, and cloud.google.com/compute/docs/regions-zones/ai-zones for us-central1-ai1a",
		regexp.MustCompile(`^` + continents + `-` + directions + `[1-9][0-9]?-(ai[1-9][0-9]?)?[a-z]$`),
	},
	{
		"a region or zone of AWS", "aws:eu-central-1",
		"cloud.google.com/monitoring/api/resources, resource aws_ec2_instance, label region",
		regexp.MustCompile(`^aws:[a-z]{2}(-[a-z]+){1,3}-[1-9][0-9]?[a-z]?$`),
	},
	{
		"a region of Azure", "azure:eastus2",
		"the form of AWS' regions, with the names that Azure has; Google documents none",
		regexp.MustCompile(`^azure:[a-z]+[0-9]?$`),
	},
	{
		"no place at all", "global",
		"opentelemetry-operations-go, internal/resourcemapping, which sends it where no location is known",
		regexp.MustCompile(`^global$`),
	},
}

// CheckLocation returns what is wrong with a location that has none of the forms, and what
// to write instead; both are "" where nothing is wrong.
func CheckLocation(location string) (problem, fix string) {
	var examples []string
	for _, form := range LocationForms {
		if form.pattern.MatchString(location) {
			return "", ""
		}
		examples = append(examples, form.Example)
	}
	last := len(examples) - 1
	return "it does not look like a region or zone, and Google discards series whose location it does not recognize",
		fmt.Sprintf("write the cluster's own, such as %s or %s", strings.Join(examples[:last], ", "), examples[last])
}
