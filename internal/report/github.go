package report

import (
	"bytes"
	"fmt"
	"io"
	"strings"

	"tnbench/internal/compare"
	"tnbench/internal/printable"
)

// mostAnnotations of a kind are shown by GitHub for a step; the first is the verdict.
const mostAnnotations = 10

// annotationKinds are the workflow commands by verdict. What fails the job is an
// error.
var annotationKinds = map[compare.Verdict]string{
	compare.Regression: "error", compare.Undecided: "error", compare.Better: "notice", compare.Same: "notice",
}

// writeAnnotations writes the comparison as workflow commands: the verdict, then the
// rows that are worse or undecided, as many as GitHub shows.
func writeAnnotations(w io.Writer, d *compare.Document) error {
	message := strings.Join(append([]string{CompareVerdict(d)}, d.Reasons...), "\n")
	if err := annotate(w, annotationKinds[d.Verdict], "tnbench: "+string(d.Verdict), message); err != nil {
		return err
	}
	left := map[compare.Verdict]int{compare.Regression: mostAnnotations - 2, compare.Undecided: mostAnnotations - 1}
	kinds := map[compare.Verdict]string{compare.Regression: "error", compare.Undecided: "warning"}
	for i := range d.Rows {
		r := &d.Rows[i]
		kind := kinds[r.Verdict]
		if kind == "" {
			continue
		}
		if left[r.Verdict]--; left[r.Verdict] < 0 {
			continue
		}
		if err := annotate(w, kind, figureName(r)+" "+verdictWords[r.Verdict]+": "+r.Title(), rowSentence(r)); err != nil {
			return err
		}
	}
	return nil
}

// mostSummary is how many bytes GitHub takes of a step's summary.
const mostSummary = 1 << 20

// WriteSummary writes the comparison as the summary of a job: in Markdown, without
// its tables if it would be too long.
func WriteSummary(w io.Writer, d *compare.Document) error {
	var text bytes.Buffer
	if err := WriteComparison(&text, MarkdownFormat, d, false); err != nil {
		return err
	}
	if text.Len() > mostSummary/2 { // other steps may write, too
		text.Reset()
		if err := writeParagraphs(&text, MarkdownFormat, append(compareHead(d), []string{"The tables are too long to be shown here."})); err != nil {
			return err
		}
	}
	fmt.Fprintln(&text)
	_, err := w.Write(text.Bytes())
	return err
}

// rowSentence says what became of a figure.
func rowSentence(r *compare.Row) string {
	s := fmt.Sprintf("%s: %s → %s", figureName(r), rowFigure(r, r.Base).Text, rowFigure(r, r.New).Text)
	if r.Ratio.OK {
		s += ", ratio " + ratioCell(r.Ratio, r.Low, r.High).Text
	}
	if a := allowed(r); a != "" {
		s += ", allowed " + a
	}
	if r.Reason != "" {
		s += "; " + r.Reason
	}
	return s
}

// annotate writes one workflow command. Its text is data: it can't end the command,
// begin another one or set a property.
func annotate(w io.Writer, kind, title, message string) error {
	lines := strings.Split(message, "\n")
	for i := range lines {
		lines[i] = printable.Line(lines[i])
	}
	_, err := fmt.Fprintf(w, "::%s title=%s::%s\n", kind, property.Replace(printable.Line(title)), data.Replace(strings.Join(lines, "\n")))
	return err
}

// How workflow commands escape their message and their properties.
var (
	data     = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	property = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
)
