//go:build unix

package outfile

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"
)

// openDescriptor returns a file that writes to the descriptor that name stands
// for, if it is one that this process was started with.
func openDescriptor(name string) (f *os.File, ok bool, err error) {
	if !isDescriptor(name) {
		return nil, false, nil
	}
	number, err := strconv.Atoi(filepath.Base(name))
	if err != nil {
		return nil, true, err
	}
	// What this program opened by itself is closed at exec; only what it was
	// started with is meant.
	flags, err := unix.FcntlInt(uintptr(number), unix.F_GETFD, 0)
	if err == nil && flags&unix.FD_CLOEXEC != 0 {
		err = unix.EBADF
	}
	if err != nil {
		return nil, true, err
	}
	mode, err := unix.FcntlInt(uintptr(number), unix.F_GETFL, 0)
	if err == nil && mode&unix.O_ACCMODE == unix.O_RDONLY {
		err = errors.New("the descriptor is open for reading only")
	}
	if err != nil {
		return nil, true, err
	}
	copied, err := unix.FcntlInt(uintptr(number), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		return nil, true, err
	}
	return os.NewFile(uintptr(copied), name), true, nil
}

// replaceable reports whether a new file can stand for old in every respect that
// likeOld does not see to.
func replaceable(name string, old os.FileInfo) bool {
	s, ok := old.Sys().(*syscall.Stat_t)
	return ok && s.Nlink == 1 && !hasAttributes(name)
}

// likeOld gives f the owner and the mode of old, if there is one.
func likeOld(f *os.File, old os.FileInfo) error {
	if old == nil {
		return nil
	}
	now, err := f.Stat()
	if err != nil {
		return err
	}
	is, want := now.Sys().(*syscall.Stat_t), old.Sys().(*syscall.Stat_t)
	if is.Uid != want.Uid || is.Gid != want.Gid {
		if err := f.Chown(int(want.Uid), int(want.Gid)); err != nil {
			return err
		}
	}
	return f.Chmod(old.Mode())
}

// cannotReplace reports whether err means that the name cannot go to another
// file, which does not keep the file from being written.
func cannotReplace(err error) bool {
	return errors.Is(err, fs.ErrPermission) || errors.Is(err, unix.EBUSY) || errors.Is(err, unix.EXDEV) || errors.Is(err, unix.EROFS)
}

// syncFolder brings the name of a file to the disk. Some systems of files cannot
// do that and need it not.
func syncFolder(name string) error {
	dir, err := os.Open(filepath.Dir(name))
	if err != nil {
		return nil // one that can be written but not read
	}
	defer dir.Close()
	if err := dir.Sync(); err != nil && !errors.Is(err, unix.EINVAL) && !errors.Is(err, errors.ErrUnsupported) {
		return err
	}
	return nil
}

// alive reports whether there is a process of that number.
func alive(pid int) bool { return unix.Kill(pid, 0) != unix.ESRCH }
