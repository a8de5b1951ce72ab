package live

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/linkerd-gcm/linkerd-gcm/e2e/programs"
)

// checkGreen expects linkerd-gcm check to find nothing, in the table for people and in
// the JSON for Linkerd.
func (u user) checkGreen() {
	u.Helper()
	if table := u.linkerdGCM("check"); strings.ContainsAny(table, "×‼") || !strings.HasSuffix(table, "Status check results are √\n") {
		u.Errorf("linkerd-gcm check says\n%s", table)
	}
	u.expectSuccess(u.linkerdGCM("check", "--output=json"))
	// As linkerd check calls its extensions.
	u.expectSuccess(u.linkerdGCM("check", "--as-group=[]", "--kubeconfig="+u.Kubeconfig, "--linkerd-namespace=linkerd",
		"--verbose=false", "--proxy=false", "--wait=5m0s", "--output=json"))
}

// expectSuccess reads what Linkerd does, which looks at the error of each check.
func (u user) expectSuccess(output string) {
	u.Helper()
	var results struct {
		Success    bool
		Categories []struct {
			CategoryName string
			Checks       []struct{ Description, Result, Error string }
		}
	}
	if err := json.Unmarshal([]byte(output), &results); err != nil {
		u.Fatalf("reading the output of check: %v\n%s", err, output)
	}
	if !results.Success || len(results.Categories) == 0 {
		u.Errorf("check does not succeed:\n%s", output)
	}
	for _, category := range results.Categories {
		for _, check := range category.Checks {
			if check.Result != "success" || check.Error != "" {
				u.Errorf("%s: %s: %s: %s", category.CategoryName, check.Description, check.Result, check.Error)
			}
		}
	}
}

// awaitCheck waits until check, which waits for nothing itself, prints all these texts.
func (u user) awaitCheck(texts ...string) {
	u.Helper()
	u.eventually(fmt.Sprintf("check says %q", texts), func(ctx context.Context) error {
		table, stderr, _ := u.run(ctx, programs.LinkerdGCM, "", "check", "--wait=0s") // it fails where it finds something
		for _, text := range texts {
			if !strings.Contains(table, text) {
				return fmt.Errorf("it said\n%s%s", table, stderr)
			}
		}
		return nil
	})
}
