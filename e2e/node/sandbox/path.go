//go:build linux

package sandbox

// SearchPath is where programs of Debian's packages are. The sandbox sees only these folders.
const SearchPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
