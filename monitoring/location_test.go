package monitoring

import (
	"strings"
	"testing"
)

func TestCheckLocation(t *testing.T) {
	for location, known := range map[string]bool{
		"us-central1": true, "europe-southwest1": true, "northamerica-northeast2": true, "me-west1": true, "asia-south2": true,
		"us-central1-f": true, "us-central1-ai1a": true, "europe-west12": true,
		"aws:us-east-1": true, "aws:us-gov-west-1": true, "aws:eu-central-1b": true, "azure:eastus2": true, "azure:germanywestcentral": true,
		"global": true,

		"mars": false, "us-central": false, "us-cenral1": false, "us-central-1": false, "us-east-1": false, "eastus": false,
		"US-CENTRAL1": false, "us-central1-": false, "us-central1-1": false, "europe-west0": false, "on-prem": false,
		"aws:": false, "aws:us-central1": false, "azure:": false, "global-1": false, "projects/1/zones/us-east1-c": false,
	} {
		if problem, fix := CheckLocation(location); (problem == "") != known || (fix == "") != known {
			t.Errorf("CheckLocation(%q) = %q, %q", location, problem, fix)
		}
	}
}

func TestEachFormHasAnExampleAndASource(t *testing.T) {
	_, fix := CheckLocation("mars")
	for _, form := range LocationForms {
		if problem, _ := CheckLocation(form.Example); form.Source == "" || problem != "" {
			t.Errorf("%s: source %q, example %q: %s", form.What, form.Source, form.Example, problem)
		}
		if !strings.Contains(fix, form.Example) {
			t.Errorf("%q does not name %s", fix, form.What)
		}
	}
}
