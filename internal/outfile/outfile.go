// Package outfile writes files so that nothing good is lost: a file has its old
// content or all of the new one, whatever happens on the way. It knows nothing of
// what is written.
//
// Links are followed. A regular file is replaced in one step: the content is made
// in the folder of the file, under no name where the system can do that (Linux),
// and is given the name when it is on the disk. Mode and owner stay. Where a new
// file could not stand for the old one (it has several names, attributes or an
// owner that cannot be given to another, or its folder cannot be written), the
// content is written in place, in one call, and taken back if that fails.
// Whatever else has the name, a device, a pipe, an open descriptor as
// /dev/stdout, is written through.
//
// Nothing is left beside the file, but by a process that is killed between the two
// calls that name a content and put it in the place of the old one: its .tnbench.*
// is removed by the next write of the same file.
package outfile

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
)

// Error says that a file cannot be written.
type Error struct {
	Name string // as the user gave it
	Err  error
}

// Error names the file and the cause.
func (e *Error) Error() string {
	cause := e.Err
	var path *fs.PathError
	if errors.As(cause, &path) {
		cause = path.Err // which names a file too: perhaps one that only we know
	}
	return fmt.Sprintf("cannot write %s: %v", e.Name, cause)
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Set are the files that one command writes. The zero value is ready to use.
type Set struct {
	inputs []input
	files  []*File
}

// input is a file that is read.
type input struct {
	name string
	info os.FileInfo
}

// Reads tells that the command reads a file: it is not written.
func (s *Set) Reads(name string) {
	info, err := os.Stat(name)
	s.reads(name, info, err)
}

// ReadsOpen tells that the command reads a file that is open, as standard input is.
func (s *Set) ReadsOpen(f *os.File) {
	info, err := f.Stat()
	s.reads(f.Name(), info, err)
}

// reads keeps an input. One that is not there yet is no file that is written.
func (s *Set) reads(name string, info os.FileInfo, err error) {
	if err == nil {
		s.inputs = append(s.inputs, input{name, info})
	}
}

// Create prepares to write a file. It finds out whether that is possible and
// changes nothing that can be seen before [File.Commit]. Opening a pipe waits for
// who reads it. The error, an [*Error], also tells of a file that is an input or
// is written already.
func (s *Set) Create(name string) (*File, error) {
	f := &File{name: name}
	err := f.open()
	if err == nil {
		err = s.apart(f)
	}
	if err != nil {
		f.Discard()
		return nil, &Error{name, err}
	}
	s.files = append(s.files, f)
	return f, nil
}

// apart returns an error if f is one of the inputs or of the files before it.
// What is written through may be written twice.
func (s *Set) apart(f *File) error {
	if f.through {
		return nil
	}
	for _, other := range s.files {
		if !other.through && (other.target == f.target || f.old != nil && os.SameFile(f.old, other.old)) {
			return fmt.Errorf("%s is written to it; give each output a file of its own", other.name)
		}
	}
	for _, in := range s.inputs {
		if os.SameFile(f.old, in.info) {
			return fmt.Errorf("it is read as input %s; give the output another name", in.name)
		}
	}
	return nil
}

// File is a file on its way.
type File struct {
	name    string
	target  string      // where the links lead
	old     os.FileInfo // nil: there is no file yet
	direct  *os.File    // the old file, or what is written through
	through bool
	replace bool          // the old file, else it is written in place
	spool   *os.File      // the content, a file without a name; nil: gathered
	buffer  *bufio.Writer // before spool
	gather  bytes.Buffer
	err     error // the first one of a write
	done    bool
}

// open finds out how the file is to be written.
func (f *File) open() (err error) {
	if f.target, err = follow(f.name); err != nil {
		return err
	}
	if descriptor, ok, err := openDescriptor(f.target); ok {
		f.through, f.direct = true, descriptor
		return err
	}
	f.old, err = os.Stat(f.target)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		f.old, f.replace = nil, true
		return f.prepare()
	case err != nil:
		return err
	case f.old.IsDir():
		return errors.New("it is a folder; name a file")
	}
	f.through = !f.old.Mode().IsRegular()
	if f.direct, err = os.OpenFile(f.target, os.O_WRONLY, 0); err != nil || f.through {
		return err
	}
	// Without an error a new file can take the place of the old one.
	f.replace = replaceable(f.target, f.old) && f.prepare() == nil
	return nil
}

// prepare finds out whether the folder takes a new file, and makes one without a
// name if the system has such.
func (f *File) prepare() error {
	dir := filepath.Dir(f.target)
	spool, err := openNameless(dir)
	if errors.Is(err, errors.ErrUnsupported) {
		return probe(f.target, f.old)
	}
	if err == nil {
		err = likeOld(spool, f.old)
	}
	if err != nil {
		if spool != nil {
			spool.Close()
		}
		return err
	}
	f.spool, f.buffer = spool, bufio.NewWriterSize(spool, 64<<10)
	return nil
}

// Write adds to the content.
func (f *File) Write(p []byte) (n int, err error) {
	if f.err != nil {
		return 0, f.err
	}
	if f.buffer == nil {
		return f.gather.Write(p)
	}
	if n, err = f.buffer.Write(p); err != nil {
		f.err = &Error{f.name, err}
	}
	return n, f.err
}

// Err returns the error, an [*Error], that kept the content from being written,
// rather than from being made.
func (f *File) Err() error { return f.err }

// Through reports whether the file is no regular one, but a device, a pipe or a
// descriptor: what is written there cannot be taken back.
func (f *File) Through() bool { return f.through }

// Name returns the name as the user gave it.
func (f *File) Name() string { return f.name }

// committing is held for reading while a file gets its content.
var committing sync.RWMutex

// Finish waits for files that are getting their content, and keeps others from
// beginning: the program ends.
func Finish() { committing.Lock() }

// Fill has write make the content and commits it. What write returns ends it. A file
// that is not [File.Through] can be filled again, each time as a whole.
func (f *File) Fill(write func(io.Writer) error) error {
	if !f.through { // a pipe may not be read: it is not waited for
		committing.RLock()
		defer committing.RUnlock()
	}
	if f.done {
		if err := f.again(); err != nil {
			return err
		}
	}
	if err := write(f); err != nil {
		f.Discard()
		return err
	}
	return f.commit()
}

// again prepares a file that was filled for another content. It is looked up anew:
// somebody may have moved it meanwhile.
func (f *File) again() error {
	*f = File{name: f.name}
	if err := f.open(); err != nil {
		f.Discard()
		f.err = &Error{f.name, err}
	}
	return f.err
}

// Commit gives the file its content. Without an error that is on the disk; with
// one, an [*Error], the file is as it was, unless it is written through.
func (f *File) Commit() error {
	if !f.through {
		committing.RLock()
		defer committing.RUnlock()
	}
	return f.commit()
}

func (f *File) commit() error {
	defer f.Discard()
	if f.buffer != nil && f.err == nil {
		if err := f.buffer.Flush(); err != nil {
			f.err = &Error{f.name, err}
		}
	}
	if f.err != nil {
		return f.err
	}
	if err := f.put(); err != nil {
		f.err = &Error{f.name, err}
	}
	return f.err
}

var renaming sync.Mutex

// put brings the content to its place.
func (f *File) put() error {
	switch {
	case f.through:
		_, err := io.Copy(f.direct, f.content())
		return err
	case !f.replace:
		return f.overwrite()
	}
	renaming.Lock() // names are of the process
	defer renaming.Unlock()
	sweep(f.target)
	err := f.rename()
	if err != nil && f.direct != nil && cannotReplace(err) {
		return f.overwrite()
	}
	return err
}

// content returns what was written, from its begin.
func (f *File) content() io.Reader {
	if f.spool != nil {
		return io.NewSectionReader(f.spool, 0, 1<<62)
	}
	return bytes.NewReader(f.gather.Bytes())
}

// rename puts a new file in the place of the old one.
func (f *File) rename() error {
	if f.spool != nil {
		if err := f.spool.Sync(); err != nil {
			return err
		}
		if f.old == nil && link(f.spool, f.target) == nil {
			return syncFolder(f.target)
		}
	}
	// No call links a nameless file in the place of another one: it has a name of
	// its own in between.
	name := own(f.target)
	if f.spool == nil || f.linkAs(name) != nil {
		if err := f.copyTo(name); err != nil {
			os.Remove(name)
			return err
		}
	}
	if err := os.Rename(name, f.target); err != nil {
		os.Remove(name)
		return err
	}
	return syncFolder(f.target)
}

// linkAs gives the nameless file a name of this process.
func (f *File) linkAs(name string) error {
	err := link(f.spool, name)
	if errors.Is(err, fs.ErrExist) { // left by another process that had our number
		os.Remove(name)
		err = link(f.spool, name)
	}
	return err
}

// copyTo writes the content to a file with a name of this process.
func (f *File) copyTo(name string) error {
	file, err := createOwn(name)
	if err != nil {
		return err
	}
	if err = likeOld(file, f.old); err == nil {
		_, err = io.Copy(file, f.content())
	}
	if err == nil {
		err = file.Sync()
	}
	return errors.Join(err, file.Close())
}

// overwrite writes the content in place, in one call, so that it is torn at
// hardly any moment; what was there comes back if that fails.
func (f *File) overwrite() error {
	content, err := io.ReadAll(f.content())
	if err != nil {
		return err
	}
	before, unreadable := os.ReadFile(f.target)
	if _, err = f.direct.WriteAt(content, 0); err == nil {
		err = f.direct.Truncate(int64(len(content)))
	}
	if err == nil {
		return f.direct.Sync()
	}
	if unreadable == nil {
		if _, again := f.direct.WriteAt(before, 0); again == nil {
			f.direct.Truncate(int64(len(before)))
		}
	}
	return err
}

// Discard forgets the content, unless it was committed.
func (f *File) Discard() {
	if f.done {
		return
	}
	f.done = true
	if f.spool != nil {
		f.spool.Close()
	}
	if f.direct != nil {
		f.direct.Close()
	}
}
