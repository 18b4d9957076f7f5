//go:build unix && !linux && !darwin

package outfile

func hasAttributes(string) bool { return false }
