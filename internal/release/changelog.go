package release

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/linkerd-gcm/linkerd-gcm/manifests"
)

// sources is where a tag's files are shown.
const sources = "https://github.com/linkerd-gcm/linkerd-gcm/blob/"

// Notes returns, in Markdown, what the changelog says about the release. It fails where
// the changelog has no section for the version, or where a checkout's chart installs
// another one.
func (r Release) Notes() (string, error) {
	loaded, err := manifests.Chart()
	if err != nil {
		return "", fmt.Errorf("reading the chart: %w", err)
	}
	if installs := loaded.Metadata.AppVersion; installs != r.Version {
		return "", fmt.Errorf("the release is %s, and the chart's appVersion is %s: correct Chart.yaml, then run make golden",
			r.Version, installs)
	}
	changelog, err := os.ReadFile(filepath.Join(r.Repository, "CHANGELOG.md"))
	if err != nil {
		return "", fmt.Errorf("reading the changelog: %w", err)
	}
	section, err := changelogSection(string(changelog), strings.TrimPrefix(r.Version, "v"))
	if err != nil {
		return "", err
	}
	return relativeLink.ReplaceAllString(section, "]("+sources+r.Version+"/$1)"), nil
}

var (
	// relativeLink is a link to a file of the repository, which a release's page would
	// look for beside itself.
	relativeLink = regexp.MustCompile(`\]\(([^):#][^):]*)\)`)
	// sectionEnd is where a section of the changelog ends: the next one, or the addresses
	// at its end.
	sectionEnd = regexp.MustCompile(`(?m)^(## |\[[^\]]+\]: )`)
)

// changelogSection returns what stands below the heading of a version.
func changelogSection(changelog, version string) (string, error) {
	heading := regexp.MustCompile(`(?m)^## \[` + regexp.QuoteMeta(version) + `\] - \d{4}-\d{2}-\d{2}$`)
	found := heading.FindStringIndex(changelog)
	if found == nil {
		return "", fmt.Errorf(`CHANGELOG.md has no section "## [%s] - YYYY-MM-DD": give "Unreleased" the version and the date`, version)
	}
	section := changelog[found[1]:]
	if end := sectionEnd.FindStringIndex(section); end != nil {
		section = section[:end[0]]
	}
	if section = strings.TrimSpace(section); section == "" {
		return "", fmt.Errorf("the section %s of CHANGELOG.md is empty", version)
	}
	return section + "\n", nil
}
