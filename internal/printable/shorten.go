package printable

import "github.com/clipperhouse/displaywidth"

// Shorten returns a line of at most width columns of a terminal: of a longer one
// the beginning and the end, where names differ, around an ellipsis.
func Shorten(line string, width int) string {
	if displaywidth.String(line) <= width {
		return line
	}
	tail := (width - 1) / 3
	head := displaywidth.TruncateString(line, width-1-tail, "")
	// Characters are taken off the front until the rest fits.
	rest := line[len(head):]
	for g := displaywidth.StringGraphemes(rest); displaywidth.String(rest) > tail && g.Next(); {
		rest = rest[len(g.Value()):]
	}
	return head + "…" + rest
}
