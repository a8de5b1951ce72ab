package release

import (
	"crypto/sha256"
	"fmt"
	"os"
	"slices"
	"strings"
)

// checksumsFile is in the format of sha256sum, so that `sha256sum --check
// --ignore-missing` verifies a download.
const checksumsFile = "checksums.txt"

func (r Release) checksums(files []string) error {
	var text strings.Builder
	for _, name := range slices.Sorted(slices.Values(files)) {
		content, err := os.ReadFile(r.path(name))
		if err != nil {
			return fmt.Errorf("computing checksums: %w", err)
		}
		fmt.Fprintf(&text, "%x  %s\n", sha256.Sum256(content), name)
	}
	if err := os.WriteFile(r.path(checksumsFile), []byte(text.String()), 0o644); err != nil {
		return fmt.Errorf("writing the checksums: %w", err)
	}
	return nil
}
