package simd

import (
	"bytes"
	"go/format"
	"os"
	"text/template"
)

// WriteGo writes a file of Go code.
func WriteGo(file, text string, data any) error {
	var w bytes.Buffer
	if err := template.Must(template.New(file).Parse(text)).Execute(&w, data); err != nil {
		return err
	}
	src, err := format.Source(w.Bytes())
	if err != nil {
		return err
	}
	return os.WriteFile(file, src, 0o644)
}
