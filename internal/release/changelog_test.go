package release

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/linkerd-gcm/linkerd-gcm/manifests"
)

const changelog = `# Changelog

## [Unreleased]

## [0.2.0-rc.1] - 2027-01-02

### Added

- Something ([docs/lint.md](docs/lint.md#met)), see [the web](https://example.com/x).

## [0.1.0] - 2026-12-01

The first release.

## [0.0.9] - 2026-11-01

[Unreleased]: https://example.com/compare
`

func TestChangelogSection(t *testing.T) {
	for name, test := range map[string]struct{ version, want, err string }{
		"between two":  {version: "0.1.0", want: "The first release.\n"},
		"prerelease":   {version: "0.2.0-rc.1", want: "### Added\n\n- Something ([docs/lint.md](docs/lint.md#met)), see [the web](https://example.com/x).\n"},
		"empty":        {version: "0.0.9", err: "is empty"},
		"missing":      {version: "0.2.0", err: `no section "## [0.2.0] - YYYY-MM-DD"`},
		"without date": {version: "Unreleased", err: "no section"},
		"no pattern":   {version: "0.1.", err: "no section"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := changelogSection(changelog, test.version)
			if got != test.want {
				t.Error(cmp.Diff(test.want, got))
			}
			if (err != nil) != (test.err != "") || err != nil && !strings.Contains(err.Error(), test.err) {
				t.Errorf("the error is %v, want %q", err, test.err)
			}
		})
	}
}

func TestNotes(t *testing.T) {
	loaded, err := manifests.Chart()
	if err != nil {
		t.Fatal(err)
	}
	tag := loaded.Metadata.AppVersion
	made := Release{Repository: t.TempDir(), Version: tag}
	text := "## [" + strings.TrimPrefix(tag, "v") + "] - 2026-12-01\n\n[Rules](docs/lint.md#met), [web](https://example.com/x), [here](#met).\n"
	if err := os.WriteFile(filepath.Join(made.Repository, "CHANGELOG.md"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	got, err := made.Notes()
	if err != nil {
		t.Fatal(err)
	}
	want := "[Rules](https://github.com/linkerd-gcm/linkerd-gcm/blob/" + tag +
		"/docs/lint.md#met), [web](https://example.com/x), [here](#met).\n"
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}

	made.Version = "v99.0.0"
	if _, err := made.Notes(); err == nil || !strings.Contains(err.Error(), "appVersion is "+tag) {
		t.Errorf("the error is %v", err)
	}
}
