package cloudmonitoring

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"time"

	"cloud.google.com/go/auth"
	"cloud.google.com/go/auth/credentials"
	"cloud.google.com/go/compute/metadata"
)

// writeScope is what a token must allow.
const writeScope = "https://www.googleapis.com/auth/monitoring.write"

// keyFile is the variable of the environment that names a file with credentials.
const keyFile = "GOOGLE_APPLICATION_CREDENTIALS"

// findCredentials looks for Application Default Credentials: a file that the environment
// names (a service account's key, an external account, impersonation, a user), that of
// gcloud, or the metadata server of Google Cloud, which knows Workload Identity, too.
func findCredentials(ctx context.Context) (*auth.Credentials, error) {
	if os.Getenv(keyFile) == "" && !hasGcloudFile() && !metadata.NewClient(nil).OnGCEWithContext(ctx) {
		// The library would remember for good that there is no metadata server.
		return nil, fmt.Errorf("there are no credentials: neither a metadata server (Workload Identity), nor a file that %s names", keyFile)
	}
	found, err := credentials.DetectDefault(&credentials.DetectOptions{Scopes: []string{writeScope}, UseSelfSignedJWT: true})
	if err != nil {
		if name := os.Getenv(keyFile); name != "" {
			return nil, fmt.Errorf("the credentials in %s, which %s names, cannot be used: %w", name, keyFile, err)
		}
		return nil, fmt.Errorf("the credentials cannot be used: %w", err)
	}
	return found, nil
}

// hasGcloudFile says whether gcloud has left credentials.
func hasGcloudFile() bool {
	home, err := os.UserHomeDir()
	if err != nil {
		return false
	}
	_, err = os.Stat(filepath.Join(home, ".config", "gcloud", "application_default_credentials.json"))
	return err == nil
}

// impersonated finds the account in the URL that makes its tokens.
var impersonated = regexp.MustCompile(`/serviceAccounts/([^/:]+@[^/:]+):generateAccessToken$`)

// principalOf names the account that credentials are of; "" where they do not say.
func principalOf(found *auth.Credentials) string {
	if found == nil {
		return ""
	}
	var file struct {
		Email         string `json:"client_email"`
		Impersonation string `json:"service_account_impersonation_url"`
		Audience      string `json:"audience"`
	}
	if text := found.JSON(); len(text) > 0 {
		if json.Unmarshal(text, &file) != nil {
			return ""
		}
		switch match := impersonated.FindStringSubmatch(file.Impersonation); {
		case match != nil:
			return match[1]
		case file.Email != "":
			return file.Email
		}
		return file.Audience
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	email, err := metadata.NewClient(nil).EmailWithContext(ctx, "default")
	if err != nil {
		return ""
	}
	return email
}
