package page

import (
	"bytes"
	"crypto/sha256"
	_ "embed" // for the parts of the page
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"strconv"
	"strings"

	"tnbench/internal/draw"
	"tnbench/internal/printable"
	"tnbench/internal/report"
)

//go:embed page.tmpl
var pageTemplate string

//go:embed page.css
var pageCSS string

//go:embed page.js
var pageScript string

// style is the whole style sheet: colours, drawings, page. Paper is white in print.
var style = ":root{" + draw.Variables(false) + "}\n" +
	"@media(prefers-color-scheme:dark){html:not([data-theme=light]){" + draw.Variables(true) + "}}\n" +
	"html[data-theme=dark]{" + draw.Variables(true) + "}\n" +
	"@media print{html,html[data-theme=dark],html:not([data-theme=light]){color-scheme:light;" + draw.Variables(false) + "}}\n" +
	draw.CSS() + pageCSS

// policy lets a page use its own style sheet and script and nothing else: it loads
// nothing, and what got into it by a name could not run.
var policy = fmt.Sprintf("default-src 'none'; style-src '%s'; script-src '%s'; base-uri 'none'; form-action 'none'", hash(style), hash(pageScript))

func hash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}

// html is the template. Every text in it is escaped, and goes through show, by which
// every character of a name can be seen.
var html = template.Must(template.New("page").Funcs(template.FuncMap{
	"show": printable.Line,
	"title": func(d draw.Drawing) string {
		title, _ := d.About()
		return title
	},
	"text": func(d draw.Drawing) string {
		_, text := d.About()
		return text
	},
	"inline":  func(d draw.Drawing, id string) template.HTML { return template.HTML(draw.Inline(d, id)) },
	"class":   classOf,
	"sortKey": sortKey,
}).Parse(pageTemplate))

// classOf returns the classes of a cell.
func classOf(t *report.Table, column int, c report.Cell) string {
	var classes []string
	if column < len(t.Columns) && !t.Columns[column].Left {
		classes = append(classes, "figure")
	}
	if c.Good {
		classes = append(classes, "good")
	}
	return strings.Join(classes, " ")
}

// sortKey returns what a cell is sorted by if that is a number.
func sortKey(c report.Cell) string {
	switch v := c.Value.(type) {
	case float64:
		return strconv.FormatFloat(v, 'g', -1, 64)
	case int:
		return strconv.Itoa(v)
	}
	return ""
}

// WriteHTML writes a page as one HTML file that needs no other.
func (p *Page) WriteHTML(w io.Writer) error {
	var text bytes.Buffer
	err := html.Execute(&text, struct {
		*Page
		Style  template.CSS
		Script template.JS
		Policy string
	}{p, template.CSS(style), template.JS(pageScript), policy})
	if err != nil {
		return err
	}
	_, err = w.Write(text.Bytes())
	return err
}
