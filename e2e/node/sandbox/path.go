//go:build linux

package sandbox

// SearchPath lists the folders of programs of Debian's packages. The sandbox uses only
// these folders.
const SearchPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
