package page

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"tnbench/internal/explain"
	"tnbench/internal/result"
	"tnbench/internal/warning"
)

// english3 are three words of an English sentence on end.
var english3 = regexp.MustCompile(`\b[a-z]{2,}'?[a-z]* [a-z]{1,}'?[a-z]* [a-z]{2,}\b`)

// figured puts figures into a phrase: numbers, and names that no phrase knows.
func figured(format string) string {
	n := 0
	return verbs.ReplaceAllStringFunc(format, func(verb string) string {
		n++
		switch verb[len(verb)-1] {
		case '%':
			return "%"
		case 's', 'v', 'q':
			return fmt.Sprintf("N%d", n)
		}
		return fmt.Sprint(10 + n)
	})
}

// TestPhrasesAreSaidWithAllTheirFigures: each in its own words, none of it in English.
func TestPhrasesAreSaidWithAllTheirFigures(t *testing.T) {
	for _, p := range japanesePhrases {
		text := figured(p.english)
		said := Japanese.translate(text)
		if said == text && text != p.other || strings.Contains(said, "%!") || english3.MatchString(said) {
			t.Errorf("%q is said as %q", text, said)
		}
		for _, figure := range regexp.MustCompile(`\bN?\d+\b`).FindAllString(text, -1) {
			if !strings.Contains(said, figure) && strings.Contains(p.english, "%") {
				t.Errorf("%q lacks %s: %q", text, figure, said)
			}
		}
		if English.translate(text) != text {
			t.Errorf("English says %q otherwise", text)
		}
	}
}

// TestSentencesArePutTogether: those within others, and lists, are said, too.
func TestSentencesArePutTogether(t *testing.T) {
	for text, want := range map[string]string{
		"Use planned, regions auto, but with page faults (touched before → touched anew; pool kept): it saves 60 µs [50 µs, 70 µs], 6.0 % (2 other changes save time alone, too; whether they add up was not measured).": "planned, regions auto を使い、ページフォールト（アクセス済み → 毎回初回アクセス；プールを保持） に変える。60 µs [50 µs, 70 µs], 6.0 % の短縮になる（単独でも時間を減らす変更が他に2件ある。効果が足し合わされるかは計測していない）。",
		"Choose by other needs, or measure longer: no difference was resolved for threads (1 → 2); streams share (each its own; slab, 2 streams → one; slab, 2 streams).":                                                "次の要因は差を判定できないため、他の観点で選ぶか、より長く計測する：スレッド（1 → 2）；ストリーム間の戦略の共有（個別；slab、2ストリーム → 1つ；slab、2ストリーム）。",
		"heap → inline: -3.2 % [-5.0, -1.0], -25 ns a step":                                                                                                       "ヒープ → インライン：-3.2 % [-5.0, -1.0]（1ステップあたり -25 ns）",
		"22 sizes, 392 possible reuses; 380 where lifetimes are respected":                                                                                        "22種類のサイズ、再利用可能392回。生存期間を考慮すると380回",
		"Look next at faults in steps with results > 1 MiB: 18 ms, 12.0 % of a contraction under planned.":                                                        "次に調べるべきもの：結果のサイズが > 1 MiB のステップにおける初回アクセス：18 ms（planned での縮約の12.0 %）。",
		"dims: metadata.go:96 heapMetadata.describe (1 a step)":                                                                                                   "次元：metadata.go:96 heapMetadata.describe（1ステップあたり1回）",
		"there are 2 processors, not 4; a contraction beside another takes, to one alone: malloc 1.05×, mimalloc 1.02×; malloc to mimalloc 1.030× [0.991, 1.052]": "プロセッサは2個であり、4個ではない。もう1つの縮約と同時に行うと、単独の場合に比べて malloc 1.05×, mimalloc 1.02× の時間を要する。malloc の mimalloc に対する比は 1.030× [0.991, 1.052]",
		"planned, regions auto":            "planned, regions auto",
		"it is (not) what) it (seems → to": "it is (not) what) it (seems → to",
		"":                                 "",
	} {
		if said := Japanese.translate(text); said != want {
			t.Errorf("%q\nis said as %q\nwant       %q", text, said, want)
		}
	}
}

// TestNoEnglishIsLeftOnAJapanesePage: of all that measurements say.
func TestNoEnglishIsLeftOnAJapanesePage(t *testing.T) {
	d := fixture(t, "chain")
	why := &d.Explanations[0]
	why.Claims, why.Advice, why.Warnings, d.Results.Results = nil, nil, nil, d.Results.Results[:2]
	why.Anatomy[0].Sites = []string{"dims: metadata.go:96 heapMetadata.describe (1 a step)"}
	for key := range japanese {
		if id, ok := strings.CutPrefix(key, "claim."); ok {
			why.Claims = append(why.Claims, explain.Claim{ID: id, Section: "6", Claim: "said in English at first", Experiment: "it was tried there", Verdict: explain.Holds})
		}
	}
	for i, p := range japanesePhrases {
		text := figured(p.english)
		why.Claims = append(why.Claims, explain.Claim{ID: "product", Measured: text, Verdict: explain.Holds})
		why.Advice = append(why.Advice, explain.Advice{Text: text})
		why.Warnings = append(why.Warnings, warning.Warning{Code: fmt.Sprint(i), Message: text, Remedy: text})
		why.Ablation = append(why.Ablation, explain.Effect{Factor: explain.FactorHuge, Direction: explain.OneIn, To: fmt.Sprint(i), Reason: text},
			explain.Effect{Factor: explain.FactorHuge, Direction: explain.OneIn, From: text, To: text, NS: result.Measured(1.)})
	}
	html, markdown := rendered(t, d, Japanese)
	bare := regexp.MustCompile(`(?s)<script>.*?</script>|<style>.*?</style>|<[^>]*>`).ReplaceAllString(html, "\n")
	for _, line := range strings.Split(markdown+bare, "\n") {
		if english3.MatchString(line) {
			t.Errorf("English: %s", line)
		}
	}
}

// spoken are where sentences are made that reports show, but for the words that page has itself.
var spoken = []string{"../explain/*.go", "../explain/factor/*.go", "../bench/*.go", "../report/machine.go", "../peaks/*.go", "../contract/compile.go",
	"../instance/twins.go", "../kernel/blas/backend.go", "../sweep/merge.go", "../../cmd/tnbench/*.go"}

// TestEverySentenceOfMeasurementsHasAPhrase: what the code that measures says in English
// stands among the phrases of the other languages.
func TestEverySentenceOfMeasurementsHasAPhrase(t *testing.T) {
	var all strings.Builder
	for _, p := range japanesePhrases {
		all.WriteString(plain(p.english) + "\n")
	}
	checked := 0
	check := func(at token.Position, text string) {
		part := strings.Trim(plain(text), " ;,:.%[]×")
		if !regexp.MustCompile(`\p{L}{2,} \p{L}{2,}`).MatchString(part) || text == "products of 2×2 matrices" { // that has no place in a document
			return
		}
		if checked++; !strings.Contains(all.String(), part) {
			t.Errorf("%v: nothing translates %q", at, part)
		}
	}
	for _, pattern := range spoken {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %v, %d files", pattern, err, len(files))
		}
		for _, file := range files {
			if !strings.HasSuffix(file, "_test.go") {
				eachSentence(t, file, strings.HasPrefix(pattern, "../explain/"), check)
			}
		}
	}
	if checked < 150 {
		t.Errorf("%d sentences were found", checked)
	}
}

// plain is a format without what its figures are.
func plain(format string) string {
	return regexp.MustCompile(`\d+`).ReplaceAllString(verbs.ReplaceAllString(format, "%"), "%")
}

// silent are functions whose texts are no part of a document: errors, and what is under way.
var silent = map[string]bool{"Errorf": true, "New": true, "progress": true}

// eachSentence visits the texts of a file that end up in documents: those of warnings, and
// all of the package that explains but errors, keys and the claims' own texts.
func eachSentence(t *testing.T, file string, whole bool, visit func(token.Position, string)) {
	set := token.NewFileSet()
	parsed, err := parser.ParseFile(set, file, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	texts := func(n ast.Node) {
		ast.Inspect(n, func(n ast.Node) bool {
			if call, ok := n.(*ast.CallExpr); ok && silent[nameOf(call.Fun)] {
				return false
			}
			if literal, ok := n.(*ast.BasicLit); ok && literal.Kind == token.STRING {
				text, _ := strconv.Unquote(literal.Value)
				visit(set.Position(literal.Pos()), text)
			}
			return true
		})
	}
	ast.Inspect(parsed, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.Field: // tags
			return false
		case *ast.ValueSpec: // the claims have keys of their own, as factors have
			if whole && (n.Names[0].Name == "claims" || n.Names[0].Name == "ranks" || n.Names[0].IsExported()) {
				return false
			}
		case *ast.CompositeLit:
			if nameOf(n.Type) == "Warning" || nameOf(n.Type) == "Advice" || nameOf(n.Type) == "Trial" {
				texts(n)
				return false
			}
		case *ast.CallExpr:
			name := nameOf(n.Fun)
			if silent[name] {
				return false
			}
			if name == "add" && len(n.Args) == 3 || whole && (name == "say" || name == "untestable" || name == "Sprintf") {
				texts(n)
			}
		case *ast.AssignStmt:
			if whole {
				texts(n)
			}
		case *ast.ReturnStmt:
			if whole {
				texts(n)
			}
		}
		return true
	})
}

// nameOf is the last name of what is called, or of a type.
func nameOf(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.SelectorExpr:
		return e.Sel.Name
	}
	return ""
}
