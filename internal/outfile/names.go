package outfile

import (
	"errors"
	"fmt"
	"hash/fnv"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// follow returns the file that name's links lead to, which need not exist. An
// open descriptor (/dev/fd/3) is not followed further.
func follow(name string) (string, error) {
	if os.IsPathSeparator(name[len(name)-1]) {
		return "", errors.New("it is a folder; name a file")
	}
	for range 40 {
		dir, err := filepath.EvalSymlinks(filepath.Dir(name))
		if errors.Is(err, fs.ErrNotExist) {
			return "", fmt.Errorf("there is no folder %s; make it first", filepath.Dir(name))
		}
		if err != nil {
			return "", err
		}
		if base := filepath.Base(name); base != ".." {
			name = filepath.Join(dir, base)
		}
		if isDescriptor(name) {
			return name, nil
		}
		link, err := os.Readlink(name)
		if err != nil {
			return filepath.Abs(name) // no link, or nothing yet
		}
		if !filepath.IsAbs(link) {
			link = filepath.Join(dir, link)
		}
		name = link
	}
	return "", errors.New("its links lead to no file")
}

// isDescriptor reports whether name, of which the folder has no links, stands for
// an open descriptor of this process.
func isDescriptor(name string) bool {
	dir, number := filepath.Split(name)
	if _, err := strconv.Atoi(number); err != nil {
		return false
	}
	proc := fmt.Sprintf("/proc/%d/", os.Getpid())
	return dir == "/dev/fd/" || strings.HasPrefix(dir, proc) && strings.HasSuffix(dir, "/fd/")
}

// Prefix begins the names of contents that are not in their places yet.
const Prefix = ".tnbench."

// prefix begins the names that contents of target have, in its folder, before they
// have its own. It is short, however long the name of target.
func prefix(target string) string {
	h := fnv.New64a()
	h.Write([]byte(filepath.Base(target)))
	return fmt.Sprintf("%s%016x.", Prefix, h.Sum64())
}

// own returns the name that a content of this process has.
func own(target string) string {
	return filepath.Join(filepath.Dir(target), prefix(target)+strconv.Itoa(os.Getpid()))
}

// createOwn makes a new file. One of that name was left by another process that
// had our number.
func createOwn(name string) (*os.File, error) {
	f, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o666)
	if errors.Is(err, fs.ErrExist) {
		os.Remove(name)
		f, err = os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o666)
	}
	return f, err
}

// probe finds out whether a file like old can be made beside target.
func probe(target string, old os.FileInfo) error {
	f, err := createOwn(own(target))
	if err != nil {
		return err
	}
	err = likeOld(f, old)
	return errors.Join(err, f.Close(), os.Remove(own(target)))
}

// sweep removes what processes that were killed left beside target.
func sweep(target string) {
	entries, err := os.ReadDir(filepath.Dir(target))
	if err != nil {
		return // a folder that cannot be read: nothing depends on it
	}
	for _, e := range entries {
		number, ok := strings.CutPrefix(e.Name(), prefix(target))
		if pid, err := strconv.Atoi(number); ok && err == nil && !alive(pid) {
			os.Remove(filepath.Join(filepath.Dir(target), e.Name()))
		}
	}
}
