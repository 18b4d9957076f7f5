package main

import (
	"io"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"tnbench/internal/draw"
)

// plotFlag names the file that drawings go to.
type plotFlag struct {
	destination
	write func(io.Writer, ...draw.Drawing) error // in the format of the file
}

func (p *plotFlag) register(cmd *cobra.Command, what string) {
	cmd.Flags().StringVar(&p.name, "plot", "", "draw "+what+" into `FILE`, whose name ends in .svg or .png")
	completes(cmd, "plot", cobra.FixedCompletions([]string{"svg", "png"}, cobra.ShellCompDirectiveFilterFileExt))
}

func (p *plotFlag) parse() error {
	switch strings.ToLower(filepath.Ext(p.name)) {
	case ".svg":
		p.write = draw.WriteSVG
	case ".png":
		p.write = draw.WritePNG
	default:
		if p.name != "" {
			return usage("--plot %s: name a file that ends in .svg or .png", p.name)
		}
	}
	return nil
}

// draw writes the drawings, if they are wanted and there are any, after the work ended
// with err: a picture that can't be written keeps back no table.
func (p *plotFlag) draw(cmd *cobra.Command, err error, drawings []draw.Drawing) error {
	if p.file == nil || len(drawings) == 0 {
		return err
	}
	return tally(cmd, err, p.file.Fill(func(w io.Writer) error { return p.write(w, drawings...) }))
}
