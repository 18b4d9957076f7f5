package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strings"

	"github.com/spf13/cobra"

	"tnbench/internal/result"
	"tnbench/internal/source"
)

// resultExtension is that of stored results in folders.
const resultExtension = ".json"

// readResult reads a stored result from a file, or from standard input for "-". The
// error names the file.
func readResult(cmd *cobra.Command, file string) (d *result.Document, err error) {
	name := file
	if file == "-" {
		name = "standard input"
		d, err = source.ReadFrom(cmd.Context(), cmd.InOrStdin(), sourceLimit(), result.Read)
	} else {
		d, err = source.Read(cmd.Context(), file, sourceLimit(), result.Read)
	}
	if err != nil && cmd.Context().Err() == nil {
		err = fmt.Errorf("%s: %w", name, err)
	}
	return d, err
}

// resultFiles returns the files that an argument stands for: one, those of a folder,
// those that match a pattern, or standard input.
func resultFiles(arg string) ([]string, error) {
	info, err := os.Stat(arg)
	switch {
	case arg == "-" || err == nil && !info.IsDir():
		return []string{arg}, nil
	case err == nil:
		return inFolder(arg)
	case !errors.Is(err, fs.ErrNotExist) && !strings.ContainsAny(arg, "*?["):
		return nil, err
	}
	found, err := filepath.Glob(arg)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", arg, err)
	}
	if len(found) == 0 {
		return nil, fmt.Errorf("%s: no such file; name a result that tnbench run --format json wrote", arg)
	}
	sort.Strings(found)
	return slices.DeleteFunc(found, isFolder), nil
}

func isFolder(name string) bool {
	info, err := os.Stat(name)
	return err == nil && info.IsDir()
}

// inFolder returns the results in a folder, not in those below it.
func inFolder(folder string) (files []string, err error) {
	entries, err := os.ReadDir(folder) // sorted by name
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), resultExtension) && !e.IsDir() {
			files = append(files, filepath.Join(folder, e.Name()))
		}
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("%s: the folder holds no *%s file", folder, resultExtension)
	}
	return files, nil
}
