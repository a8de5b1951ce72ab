// Package httpget asks HTTP servers whether they are well. It does not read what they
// answer.
package httpget

import (
	"context"
	"fmt"
	"net/http"
)

// OK sends a GET request, and returns an error unless the answer has status 200.
func OK(ctx context.Context, url string) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return fmt.Errorf("making a request: %w", err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return fmt.Errorf("sending a request: %w", err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answers with status %s", url, response.Status)
	}
	return nil
}
