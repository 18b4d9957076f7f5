package instance

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"tnbench/internal/source"
	"tnbench/internal/suggest"
)

// Extension is how the names of instance files end.
const Extension = ".json"

// Embedded is the Source of instances that come with the program.
const Embedded = "embedded"

// Load reads and checks the instance in a file. It returns the context's error as
// soon as that ends; all other errors are [*Error].
func Load(ctx context.Context, file string, limit source.Limit) (*Instance, error) {
	in, err := source.Read(ctx, file, limit, func(r io.Reader) (*Instance, error) {
		data, err := readAll(r)
		if err != nil {
			return nil, err
		}
		return Parse(file, data)
	})
	if err == nil || ctx.Err() != nil {
		return in, err
	}
	var known *Error
	if !errors.As(err, &known) {
		return nil, &Error{File: file, Problem: err.Error()}
	}
	known.File = file // a defect that is seen before all is read has none
	return nil, known
}

// readAll reads a whole text. What is longer than a chunk must begin as a JSON
// object does, so that an endless source of something else is refused at once.
func readAll(r io.Reader) ([]byte, error) {
	const chunk = 1 << 20
	data, err := io.ReadAll(io.LimitReader(r, chunk))
	if err != nil || len(data) < chunk {
		return data, err
	}
	if err := checkStart(data); err != nil {
		return nil, err
	}
	chunks := [][]byte{data} // joined in the end: growing one slice takes more memory
	for {
		next := make([]byte, chunk)
		n, err := io.ReadFull(r, next)
		chunks = append(chunks, next[:n])
		switch {
		case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
			return bytes.Join(chunks, nil), nil
		case err != nil:
			return nil, err
		}
	}
}

// checkStart refuses data that no JSON object begins with.
func checkStart(data []byte) error {
	if start := bytes.TrimLeft(data, " \t\r\n"); len(start) > 0 && start[0] != '{' {
		return fmt.Errorf("starts with %q, not with \"{\" as a JSON object does; name an instance file", start[0])
	}
	var object json.RawMessage
	var syntax *json.SyntaxError
	if err := json.NewDecoder(bytes.NewReader(data)).Decode(&object); errors.As(err, &syntax) {
		return defect("", "", "malformed JSON: %v", err).at(data, max(0, int(syntax.Offset)-1))
	}
	return nil
}

// LoadFS reads and checks the instance in a file of fsys, which holds the
// program's own instances: Source becomes [Embedded].
func LoadFS(fsys fs.FS, file string) (*Instance, error) {
	data, err := fs.ReadFile(fsys, file)
	if err != nil {
		return nil, err
	}
	in, err := Parse(file, data)
	if err != nil {
		return nil, err
	}
	in.Source = Embedded
	return in, nil
}

// Item is one instance that a command was asked for. It is read when it is
// wanted, so that of several instances one that can't be read stops no other,
// and no more than one need be in memory.
type Item struct {
	Name string // the file as found, or the name of an embedded instance
	file string
	fsys fs.FS // nil for a file of the system
}

// Load reads and checks the instance: see the function [Load].
func (it Item) Load(ctx context.Context, limit source.Limit) (*Instance, error) {
	if it.fsys != nil {
		return LoadFS(it.fsys, it.file)
	}
	return Load(ctx, it.file, limit)
}

// Embedded reports whether the instance comes with the program.
func (it Item) Embedded() bool { return it.fsys != nil }

// List returns the instances at the root of embedded, sorted by name.
func List(embedded fs.FS) ([]Item, error) {
	files, err := fs.Glob(embedded, "*"+Extension)
	if err != nil {
		return nil, err
	}
	slices.Sort(files)
	items := make([]Item, len(files))
	for i, file := range files {
		items[i] = Item{Name: strings.TrimSuffix(file, Extension), file: file, fsys: embedded}
	}
	return items, nil
}

// Resolve returns the instances that args stand for, in the order of args, each
// once; no argument stands for all embedded ones. An argument is, in the order
// in which it is tried:
//   - the name of an embedded instance ("./name" is always a file);
//   - a file, or a directory, which stands for its *.json, sorted;
//   - a glob of files, of which those that end in .json count;
//   - the name of an embedded instance with .json, a glob of such names, or a
//     prefix that only one of them has. With .json a prefix is a file that is
//     missing: another network in its place would go unnoticed.
//
// The error joins one for each argument that stands for nothing; the items of
// the other arguments are returned all the same.
func Resolve(args []string, embedded fs.FS) ([]Item, error) {
	own, err := List(embedded)
	if err != nil {
		return nil, err
	}
	if len(args) == 0 {
		return own, nil
	}
	var items []Item
	var problems []error
	for _, arg := range args {
		found, err := resolve(arg, own)
		if err != nil {
			problems = append(problems, err)
		}
		items = append(items, found...)
	}
	return unique(items), errors.Join(problems...)
}

func resolve(arg string, own []Item) ([]Item, error) {
	if i := slices.IndexFunc(own, func(it Item) bool { return it.Name == arg }); i >= 0 {
		return own[i : i+1], nil
	}
	info, err := os.Stat(arg)
	switch {
	case err == nil && info.IsDir():
		return directory(arg)
	case err == nil:
		return []Item{{Name: arg, file: arg}}, nil
	case !errors.Is(err, fs.ErrNotExist) && !isGlob(arg):
		return nil, err // exists, or may, but can't be looked at
	}
	if found, err := glob(arg); err != nil || len(found) > 0 {
		return found, err
	}
	if found := matching(arg, own); len(found) > 0 {
		return found, nil
	}
	return nil, notFound(arg, own)
}

// directory returns the instances in a directory, not in those below it.
func directory(dir string) ([]Item, error) {
	entries, err := os.ReadDir(dir) // sorted by name
	if err != nil {
		return nil, err
	}
	var items []Item
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), Extension) && !e.IsDir() {
			file := filepath.Join(dir, e.Name())
			items = append(items, Item{Name: file, file: file})
		}
	}
	if len(items) == 0 {
		return nil, fmt.Errorf("%s: the directory holds no *%s file", dir, Extension)
	}
	return items, nil
}

func isGlob(arg string) bool { return strings.ContainsAny(arg, "*?[") }

// glob returns the instance files that a pattern matches, which may be none.
func glob(pattern string) ([]Item, error) {
	if !isGlob(pattern) {
		return nil, nil
	}
	files, err := filepath.Glob(pattern)
	if err != nil {
		return nil, fmt.Errorf("%s: no such file, and no pattern either: a [ has no ] (\\[ is the character)", pattern)
	}
	var items []Item
	for _, file := range files {
		if info, err := os.Stat(file); err != nil || info.IsDir() || !strings.HasSuffix(file, Extension) {
			continue
		}
		items = append(items, Item{Name: file, file: file})
	}
	return items, nil
}

// matching returns the embedded instances that arg stands for other than by
// its exact name.
func matching(arg string, own []Item) []Item {
	pattern := strings.TrimSuffix(arg, Extension)
	var exact, prefixed []Item
	for _, it := range own {
		if ok, _ := path.Match(pattern, it.Name); ok { // a bad pattern was reported by glob
			exact = append(exact, it)
		}
		if strings.HasPrefix(it.Name, arg) && arg != "" {
			prefixed = append(prefixed, it)
		}
	}
	if len(exact) == 0 && len(prefixed) == 1 {
		return prefixed
	}
	return exact
}

// notFound says what may be meant instead: a file of the same folder, or an
// embedded instance.
func notFound(arg string, own []Item) error {
	folder, base := filepath.Split(filepath.Clean(arg))
	var near, names []string
	entries, _ := os.ReadDir(filepath.Clean(folder)) // without a folder there is nothing near
	for _, e := range entries {
		name, isInstance := strings.CutSuffix(e.Name(), Extension)
		if (e.IsDir() || isInstance) && suggest.Close(strings.TrimSuffix(base, Extension), []string{name}) != nil {
			near = append(near, folder+e.Name())
		}
	}
	if folder != "" || isGlob(arg) {
		return fmt.Errorf("%s: no such file or directory, and no file matches it%s", arg, meant(near))
	}
	for _, it := range own {
		names = append(names, it.Name)
	}
	if near = append(suggest.Close(strings.TrimSuffix(arg, Extension), names), near...); len(near) > 0 || len(names) == 0 {
		return fmt.Errorf("%s: no such file or embedded instance%s", arg, meant(near))
	}
	return fmt.Errorf("%s: no such file or embedded instance; embedded are %s", arg, strings.Join(names, ", "))
}

// meant is the end of a message that names what may be meant, if anything.
func meant(names []string) string {
	if len(names) == 0 {
		return ""
	}
	return "; did you mean " + strings.Join(names, " or ") + "?"
}

// unique leaves out items that are there before.
func unique(items []Item) []Item {
	type key struct {
		file     string
		embedded bool
	}
	seen := make(map[key]bool)
	return slices.DeleteFunc(items, func(it Item) bool {
		k := key{filepath.Clean(it.file), it.Embedded()}
		repeated := seen[k]
		seen[k] = true
		return repeated
	})
}
