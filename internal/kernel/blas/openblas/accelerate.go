package openblas

import "errors"

// Accelerate is a part of macOS. Since 13.3 it has routines with integers of 64 bits
// beside those of old, whose names tell them apart. Nobody has run what is written here
// on a Mac: its tests have a library of the same form stand in for it.
var accelerate = vendor{
	name:    "Accelerate",
	files:   []string{"/System/Library/Frameworks/Accelerate.framework/Accelerate"},
	forms:   []form{{suffix: "$NEWLAPACK$ILP64", wide: true}, {}},
	install: "use --backend native or gonum",
	widen:   "update macOS to 13.3 or later",
}

// errNotDarwin is why there is no Accelerate.
var errNotDarwin = errors.New("macOS has it; use --backend native, gonum or openblas")
