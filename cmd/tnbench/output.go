package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"
)

// emit writes a result to standard output, or to the file of -o: that file
// appears whole or not at all.
func (o *outputFlags) emit(cmd *cobra.Command, write func(io.Writer) error) error {
	if o.file == "" || o.file == "-" {
		return write(cmd.OutOrStdout())
	}
	return writeFile(o.file, write)
}

// writeFile writes a file by way of a temporary one beside it.
func writeFile(name string, write func(io.Writer) error) error {
	var buffer bytes.Buffer
	if err := write(&buffer); err != nil {
		return err
	}
	temporary, err := os.CreateTemp(filepath.Dir(name), "."+filepath.Base(name)+".*")
	if err != nil {
		return fmt.Errorf("cannot write %s: %w", name, err)
	}
	defer os.Remove(temporary.Name()) // after the rename there is nothing left to remove
	_, err = temporary.Write(buffer.Bytes())
	if closing := temporary.Close(); err == nil {
		err = closing
	}
	if err == nil {
		err = os.Chmod(temporary.Name(), 0o644)
	}
	if err == nil {
		err = os.Rename(temporary.Name(), name)
	}
	if err != nil {
		return fmt.Errorf("cannot write %s: %w", name, err)
	}
	return nil
}
