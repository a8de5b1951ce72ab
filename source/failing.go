package source

import "sort"

// largestSearched is how long a text may be, in bytes, for FailingLine to search it: the
// text is parsed again at every step of the search.
const largestSearched = 64 << 10

// FailingLine returns the line that makes a text of that many bytes and lines invalid,
// counted from 1. The line that a YAML decoder reports is often the one where the broken
// list or map begins; this one is the first line from the reported one on that,
// with the lines before it, fails as the whole text does: that is what the function fails
// reports. FailingLine returns the reported line where there is no such line.
func FailingLine(size, lines, reported int, fails func(lines int) bool) int {
	reported = min(max(reported, 1), lines)
	if size > largestSearched {
		return reported
	}
	found := reported + sort.Search(lines-reported, func(more int) bool { return fails(reported + more) })
	if !fails(found) {
		return reported
	}
	return found
}
