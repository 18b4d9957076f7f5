package report

import (
	"io"
	"strings"

	"tnbench/internal/generate"
)

// KindsSchema names the format of what WriteKinds writes as JSON.
const KindsSchema = "tnbench-kinds/1"

// kind is a family of generated networks, as JSON has it.
type kind struct {
	Name       string      `json:"name"`
	Doc        string      `json:"doc"`
	Parameters []parameter `json:"parameters"`
}

type parameter struct {
	Name    string `json:"name"`
	Default int    `json:"default"`
	Min     int    `json:"min"`
	Max     int    `json:"max"`
	Doc     string `json:"doc"`
}

// WriteKinds writes what can be generated in format f: a row per parameter. For
// people the commands that make the embedded instances stand below.
func WriteKinds(w io.Writer, f Format, kinds []generate.Kind, embedded []generate.Recipe) error {
	if f == JSONFormat {
		return WriteJSON(w, struct {
			Schema string `json:"schema"`
			Kinds  []kind `json:"kinds"`
		}{KindsSchema, describe(kinds)})
	}
	t := Table{Columns: []Column{
		{Name: "kind", Key: "kind", Left: true}, {Name: "parameter", Key: "parameter", Left: true}, {Name: "default", Key: "default"},
		{Name: "from", Key: "min"}, {Name: "to", Key: "max"}, {Name: "meaning", Key: "doc", Left: true}}}
	for _, k := range kinds {
		for _, p := range k.Params {
			t.Add(Text(k.Name), Text(p.Name), countCell(p.Default), countCell(p.Min), countCell(p.Max), Text(p.Doc))
		}
		t.note(k.Name + ": " + k.Doc + ".")
	}
	commands := Note{"The embedded instances are what these commands make:"}
	for _, r := range embedded {
		commands = append(commands, "  "+CommandLine(r))
	}
	t.note(commands...)
	return WriteTables(w, f, []Table{t})
}

// CommandLine returns the command that writes the instance of a recipe.
func CommandLine(r generate.Recipe) string {
	return "tnbench " + strings.Join(r.Args(), " ") + " -o " + r.Name + ".json"
}

func describe(kinds []generate.Kind) []kind {
	all := make([]kind, len(kinds))
	for i, k := range kinds {
		all[i] = kind{k.Name, k.Doc, []parameter{}}
		for _, p := range k.Params {
			all[i].Parameters = append(all[i].Parameters, parameter(p))
		}
	}
	return all
}
