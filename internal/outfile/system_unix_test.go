//go:build unix

package outfile

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// TestMain lets the test binary write a file as another program.
func TestMain(m *testing.M) {
	if name := os.Getenv("OUTFILE_TEST_WRITE"); name != "" {
		if err := put(name, "written"); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// writer returns a program that writes "written" to a file.
func writer(t *testing.T, name string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.Command(self)
	c.Env = append(os.Environ(), "OUTFILE_TEST_WRITE="+name)
	return c
}

// aged makes a file with a content and a mode.
func aged(t *testing.T, mode os.FileMode) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "f")
	if err := os.WriteFile(file, []byte("an old content"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(file, mode); err != nil {
		t.Fatal(err)
	}
	return file
}

func status(t *testing.T, file string) *syscall.Stat_t {
	t.Helper()
	info, err := os.Stat(file)
	if err != nil {
		t.Fatal(err)
	}
	return info.Sys().(*syscall.Stat_t)
}

func TestModeAndOwnerStay(t *testing.T) {
	for _, mode := range []os.FileMode{0o600, 0o644, 0o640, 0o666, 0o755, 0o200} {
		file := aged(t, mode)
		if os.Getuid() == 0 {
			if err := os.Chown(file, 1234, 4321); err != nil {
				t.Fatal(err)
			}
		}
		before := status(t, file)
		if err := put(file, "x"); err != nil {
			t.Fatal(err)
		}
		after := status(t, file)
		if after.Mode != before.Mode || after.Uid != before.Uid || after.Gid != before.Gid {
			t.Errorf("mode %o: now %o %d:%d, was %o %d:%d", mode, after.Mode, after.Uid, after.Gid, before.Mode, before.Uid, before.Gid)
		}
		if after.Ino == before.Ino {
			t.Errorf("mode %o: written in place, want a new file in the place of the old one", mode)
		}
	}
}

func TestNewFilesHeedTheUmask(t *testing.T) {
	for mask, want := range map[int]os.FileMode{0o077: 0o600, 0o027: 0o640, 0o022: 0o644, 0: 0o666} {
		before := unix.Umask(mask)
		file := filepath.Join(t.TempDir(), "f")
		err := put(file, "x")
		unix.Umask(before)
		if err != nil {
			t.Fatal(err)
		}
		if info, err := os.Stat(file); err != nil || info.Mode() != want {
			t.Errorf("umask %o: mode %o, want %o", mask, info.Mode(), want)
		}
	}
}

func TestLinksAreFollowed(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"a", "b"} {
		if err := os.Mkdir(filepath.Join(dir, name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	link, target := filepath.Join(dir, "a", "link"), filepath.Join(dir, "b", "target")
	for from, to := range map[string]string{link: "../a/second", filepath.Join(dir, "a", "second"): target} {
		if err := os.Symlink(to, from); err != nil {
			t.Fatal(err)
		}
	}
	for _, text := range []string{"new", "replaced"} { // the target is made, then replaced
		if err := put(link, text); err != nil {
			t.Fatal(err)
		}
		holds(t, target, text)
		if to, err := os.Readlink(link); err != nil || to != "../a/second" {
			t.Errorf("the link now leads to %q, %v", to, err)
		}
	}
	loop := filepath.Join(dir, "loop")
	if err := os.Symlink("loop", loop); err != nil {
		t.Fatal(err)
	}
	if err := put(loop, "x"); err == nil || !strings.Contains(err.Error(), "lead to no file") {
		t.Errorf("a link to itself: %v", err)
	}
}

func TestAllNamesOfAFileGetTheContent(t *testing.T) {
	file := aged(t, 0o640)
	other := filepath.Join(t.TempDir(), "other")
	if err := os.Link(file, other); err != nil {
		t.Skip(err)
	}
	for _, text := range []string{"short", "a content that is longer than the one before"} {
		if err := put(file, text); err != nil {
			t.Fatal(err)
		}
		holds(t, file, text)
		holds(t, other, text)
	}
}

func TestAttributesStay(t *testing.T) {
	file := aged(t, 0o644)
	if err := unix.Setxattr(file, "user.note", []byte("kept"), 0); err != nil {
		t.Skip(err)
	}
	if err := put(file, "x"); err != nil {
		t.Fatal(err)
	}
	holds(t, file, "x")
	value := make([]byte, 8)
	if n, err := unix.Getxattr(file, "user.note", value); err != nil || string(value[:n]) != "kept" {
		t.Errorf("the attribute is now %q, %v", value, err)
	}
}

func TestPipesAreWrittenThrough(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := unix.Mkfifo(pipe, 0o600); err != nil {
		t.Skip(err)
	}
	got := make(chan string)
	go func() {
		text, err := os.ReadFile(pipe)
		got <- fmt.Sprintf("%s%v", text, err)
	}()
	if err := put(pipe, "through"); err != nil {
		t.Fatal(err)
	}
	if g := <-got; g != "through<nil>" {
		t.Errorf("the reader got %q", g)
	}
	if info, err := os.Lstat(pipe); err != nil || info.Mode()&fs.ModeNamedPipe == 0 {
		t.Errorf("the pipe is now %v, %v", info, err)
	}
}

// TestDevicesAreWrittenThrough uses devices of its own: a fault would replace
// those of the machine.
func TestDevicesAreWrittenThrough(t *testing.T) {
	dir := t.TempDir()
	null, full := filepath.Join(dir, "null"), filepath.Join(dir, "full")
	if err := errors.Join(unix.Mknod(null, unix.S_IFCHR|0o666, int(unix.Mkdev(1, 3))), unix.Mknod(full, unix.S_IFCHR|0o666, int(unix.Mkdev(1, 7)))); err != nil {
		t.Skip(err)
	}
	if err := put(null, "x"); err != nil {
		t.Skip(err) // a file system without devices
	}
	if err := put(full, "x"); !errors.Is(err, unix.ENOSPC) || err.Error() != "cannot write "+full+": no space left on device" {
		t.Errorf("a full device: %v", err)
	}
	link := filepath.Join(dir, "link")
	if err := os.Symlink("null", link); err != nil {
		t.Fatal(err)
	}
	if err := put(link, "x"); err != nil {
		t.Error(err)
	}
	var set Set
	for range 2 {
		if _, err := set.Create(null); err != nil {
			t.Errorf("a device twice: %v", err)
		}
	}
	for _, name := range []string{null, full} {
		if info, err := os.Lstat(name); err != nil || info.Mode()&fs.ModeCharDevice == 0 {
			t.Errorf("%s is now %v, %v", name, info, err)
		}
	}
}

// TestDescriptorsAreWrittenTo has another program write to what it was started
// with: a file that is appended to, and a pipe.
func TestDescriptorsAreWrittenTo(t *testing.T) {
	if _, err := os.Stat("/dev/fd/1"); err != nil {
		t.Skip(err)
	}
	file := aged(t, 0o600)
	appended, err := os.OpenFile(file, os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer appended.Close()
	c := writer(t, "/dev/fd/3")
	c.ExtraFiles = []*os.File{appended}
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	holds(t, file, "an old contentwritten")

	c = writer(t, "/dev/stdout")
	if out, err := c.Output(); err != nil || string(out) != "written" {
		t.Errorf("/dev/stdout: %q, %v", out, err)
	}
	c = writer(t, "/dev/stdout")
	c.Stdout = appended
	if err := c.Run(); err != nil {
		t.Fatal(err)
	}
	holds(t, file, "an old contentwrittenwritten")

	readable, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer readable.Close()
	for name, extra := range map[string][]*os.File{"/dev/fd/3": {readable}, "/dev/fd/4": nil, "/dev/fd/77": nil} {
		c := writer(t, name)
		c.ExtraFiles = extra
		if out, err := c.CombinedOutput(); err == nil || !strings.Contains(string(out), "cannot write "+name) {
			t.Errorf("%s: %v, %s", name, err, out)
		}
	}
}

// TestWhoeverMayNotMakeFilesWritesInPlace runs as a user with few rights.
func TestWhoeverMayNotMakeFilesWritesInPlace(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("needs root, to become another user")
	}
	const user = 54321
	as := func(c *exec.Cmd) *exec.Cmd {
		c.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: user, Gid: user, NoSetGroups: true}}
		return c
	}
	dir, err := os.MkdirTemp("", "outfile") // t.TempDir is closed to other users
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, "f")
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	program := filepath.Join(dir, "program")
	binary, err := os.ReadFile(self)
	if err != nil {
		t.Fatal(err)
	}
	for _, err := range []error{os.Chmod(dir, 0o755), os.WriteFile(program, binary, 0o755), os.WriteFile(file, []byte("an old content"), 0o644)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	run := func(name string) (string, error) {
		c := as(writer(t, name))
		c.Path, c.Args = program, []string{program}
		out, err := c.CombinedOutput()
		return string(out), err
	}
	if out, err := run(file); err == nil || !strings.Contains(out, "permission denied") {
		t.Errorf("a file of another user: %v, %s", err, out)
	}
	if out, err := run(filepath.Join(dir, "new")); err == nil || !strings.Contains(out, "permission denied") {
		t.Errorf("a new file in a folder that is closed: %v, %s", err, out)
	}
	holds(t, file, "an old content", "f", "program")
	if err := os.Chown(file, user, user); err != nil {
		t.Fatal(err)
	}
	inode := status(t, file).Ino
	if out, err := run(file); err != nil {
		t.Errorf("a file of one's own in a folder that is closed: %v, %s", err, out)
	}
	if now := status(t, file); now.Ino != inode {
		t.Errorf("another file, want it written in place")
	}
	holds(t, file, "written", "f", "program")

	// Everybody may make files here, but not rename over those of others.
	if err := errors.Join(os.Chmod(dir, 0o777|os.ModeSticky), os.Chown(file, 0, 0), os.Chmod(file, 0o666), os.WriteFile(file, []byte("old"), 0)); err != nil {
		t.Fatal(err)
	}
	if out, err := run(file); err != nil {
		t.Errorf("a file of another user in a sticky folder: %v, %s", err, out)
	}
	holds(t, file, "written", "f", "program")
	if s := status(t, file); s.Uid != 0 {
		t.Errorf("the file now belongs to %d", s.Uid)
	}
}

// TestAFullDiskLeavesTheOldFile fills a small file system.
func TestAFullDiskLeavesTheOldFile(t *testing.T) {
	dir := t.TempDir()
	if err := mountSmall(dir); err != nil {
		t.Skip(err)
	}
	defer unix.Unmount(dir, 0)
	file, twin := filepath.Join(dir, "f"), filepath.Join(dir, "g")
	if err := put(file, "good"); err != nil {
		t.Fatal(err)
	}
	large := strings.Repeat("x", 1<<20)
	for range 2 {
		f, err := new(Set).Create(file)
		if err != nil {
			t.Fatal(err)
		}
		err = f.Fill(func(w io.Writer) error { _, err := io.WriteString(w, large); return err })
		if !errors.Is(err, unix.ENOSPC) || f.Err() == nil {
			t.Errorf("%v, of the file %v; want no space left", err, f.Err())
		}
		if _, err := os.Stat(twin); err != nil {
			holds(t, file, "good")
			if err := os.Link(file, twin); err != nil { // now it is written in place
				t.Fatal(err)
			}
		}
	}
	holds(t, file, "good", "f", "g")
	if err := put(filepath.Join(dir, "new"), large); !errors.Is(err, unix.ENOSPC) {
		t.Errorf("a new file: %v, want no space left", err)
	}
	holds(t, file, "good", "f", "g")
}

func TestManyWritersLeaveOneWholeFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "f")
	texts := []string{strings.Repeat("a", 1000), strings.Repeat("b", 100000), "c"}
	var all sync.WaitGroup
	for i := range 12 {
		all.Go(func() {
			for range 20 {
				if err := put(file, texts[i%len(texts)]); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	got, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range texts {
		if string(got) == text {
			holds(t, file, text)
			return
		}
	}
	t.Errorf("the file holds %d bytes of several writers", len(got))
}
