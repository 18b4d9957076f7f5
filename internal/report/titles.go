package report

// labels name instances to people. Where two files have instances of one name,
// the name alone would make them one.
type labels map[string]map[string]bool // by name as it is shown: its files

func newLabels() labels { return labels{} }

// add makes an instance known.
func (l labels) add(name, file string) {
	name = shortName(name)
	if l[name] == nil {
		l[name] = map[string]bool{}
	}
	l[name][file] = true
}

// ambiguous reports whether several files have an instance of this name.
func (l labels) ambiguous(name string) bool { return len(l[shortName(name)]) > 1 }

// of returns the name to show, with the file if it needs one.
func (l labels) of(name, file string) string {
	if l.ambiguous(name) {
		return shortName(name) + " (" + shortName(file) + ")"
	}
	return shortName(name)
}
