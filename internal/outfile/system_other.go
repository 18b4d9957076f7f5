//go:build !unix

package outfile

import "os"

// openDescriptor implements nothing: descriptors have no names here.
func openDescriptor(string) (f *os.File, ok bool, err error) { return nil, false, nil }

// replaceable implements what it can: rights are those of the folder.
func replaceable(string, os.FileInfo) bool { return true }

// likeOld implements nothing: a new file has the rights of its folder.
func likeOld(*os.File, os.FileInfo) error { return nil }

func cannotReplace(error) bool { return false }

func syncFolder(string) error { return nil }

// alive leaves it to the system, which keeps files that are open from being
// removed.
func alive(int) bool { return false }
