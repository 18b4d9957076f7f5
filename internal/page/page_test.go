package page

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"tnbench/internal/contract"
	"tnbench/internal/explain"
	"tnbench/internal/explain/dissect"
	"tnbench/internal/golden"
	"tnbench/internal/instance"
	"tnbench/internal/machine"
	"tnbench/internal/path"
	"tnbench/internal/report"
	"tnbench/internal/result"
	"tnbench/internal/study"
	"tnbench/internal/warning"
)

const chain = `{
	"name": "chain", "dtype": "float64", "num_tensors": 8,
	"format_string": "ab,bc,cd,de,ef,fg,gh,hi->ai",
	"shapes": [[16,16],[16,64],[64,16],[16,20],[20,16],[16,64],[64,16],[16,16]],
	"paths": {"opt_flops": {"path": [[0,1],[0,1],[0,1],[0,1],[0,1],[0,1],[0,1]]}}
}`

// fixture is a document with something of every part; name is that of everything that
// is named from outside.
func fixture(t *testing.T, name string) *Document {
	t.Helper()
	in, err := instance.Parse(name, []byte(chain))
	if err != nil {
		t.Fatal(err)
	}
	in.Name = name
	one, err := in.Path("opt_flops")
	if err != nil {
		t.Fatal(err)
	}
	n := Network{Instance: name, File: name, Path: "opt_flops"}
	facts := study.Inspect(in)
	for _, order := range []path.Order{path.AsWritten, path.DepthFirst} {
		// Without temporaries: which there are depends on the machine.
		p, err := contract.Compile(in, one, contract.Options{Order: order, FixedTemporaries: true})
		if err != nil {
			t.Fatal(err)
		}
		if order == path.AsWritten {
			facts.AddPath(p, 0)
			sizes, powers := study.NewHistogram(p.Tree(), p.Path, study.ReportBins), study.NewHistogram(p.Tree(), p.Path, study.Log2Bins)
			n.Sizes, n.Powers = &sizes, &powers
			n.Plan = &Plan{Order: "path", Height: 4096, Bound: 2048, Bytes: 6144, Boxes: []Box{{0, 2, 0, 2048, false}, {1, 3, 2048, 2048, false}, {2, 3, 0, 2048, true}}}
		}
		plan, err := study.PlanProgram(p, []string{"make", "slab"})
		if err != nil {
			t.Fatal(err)
		}
		n.Forecasts, n.Live = append(n.Forecasts, plan), append(n.Live, study.NewLiveCurve(p))
	}
	n.Inspection = &facts
	some := result.Measured[float64]
	n.Scaling = []study.Scaled{{Alloc: name, Threads: 1, Streams: 1, Median: 100, Speed: 1}, {Alloc: name, Threads: 2, Streams: 1, Median: 60, Speed: 1.6, Low: some(1.5), High: some(1.7)},
		{Alloc: name, Threads: 1, Streams: 2, Median: 110, Speed: 1.8}, {Alloc: name, Threads: 1, Streams: 2, Shared: true, Median: 150, Speed: 1.3}}
	n.Resident = []study.Resident{{Alloc: name, At: []study.Moment{{NS: 0, Bytes: 1 << 20}, {NS: 1e6, Bytes: 3 << 20}}}}
	samples := func(base float64) (all []float64) {
		for i := range 15 {
			all = append(all, base+float64(i))
		}
		return all
	}
	results := []result.Result{
		{Instance: name, File: name, Path: "opt_flops", DType: "float64", Alloc: "make", Steps: 7, Samples: samples(200), Median: some(207), Q1: some(203), Q3: some(211), HeapAllocs: some(7),
			Ratio: result.Measured(result.Ratio{To: "make", Median: 1, Low: some(1), High: some(1)}), Bound: some(50), BoundBy: "flops"},
		{Instance: name, File: name, Path: "opt_flops", DType: "float64", Alloc: "slab", Steps: 7, Samples: samples(100), Median: some(107), Q1: some(103), Q3: some(111), HeapAllocs: some(0),
			Ratio: result.Measured(result.Ratio{To: "make", Median: .52, Low: some(.51), High: some(.53)}), Bound: some(50), BoundBy: "flops"},
		{Instance: name, File: name, Path: "opt_flops", DType: "float64", Alloc: "none", Error: "it failed: " + name},
	}
	why := explain.Document{Schema: explain.Schema, Instance: name, File: name, Path: "opt_flops", DType: "float64", Steps: 7,
		Anatomy: []explain.Anatomy{{Alloc: "make", Metadata: "heap", Body: dissect.Body{Misses: 7, MissAllocs: some(4), MissBytes: some(2100), Sites: []string{name}}}},
		Attribution: []explain.Share{
			{Alloc: "make", Phase: explain.PhaseAlloc, Class: "≤ 4 KiB", NS: 20, Low: some(18), High: some(22), Share: .1, Method: "timers", Count: some(7)},
			{Alloc: "make", Phase: explain.PhaseArithmetic, Class: "≤ 4 KiB", NS: 160, Share: .8, Method: "timers"},
			{Alloc: "make", Phase: explain.PhaseFree, Class: "", NS: -2, Share: -.01, Method: "difference"}},
		Costly: []explain.Costly{{Alloc: "make", Step: 3, Labels: name, Class: "product", Bytes: 2048, NS: 90, Share: .45, Bound: some(45), BoundBy: "memory"}},
		Ablation: []explain.Effect{
			{Factor: explain.FactorMetadata, Direction: explain.LeaveOneOut, From: "none", To: "heap", NS: some(30), Low: some(20), High: some(40), Percent: some(15), StepNS: some(4.2), Resolved: true},
			{Factor: explain.FactorAllocator, Direction: explain.OneIn, From: name, To: "mimalloc", NS: some(-5), Low: some(-20), High: some(10), Percent: some(-2), With: explain.FactorHuge},
			{Factor: explain.FactorHuge, Direction: explain.OneIn, Reason: name}},
		Claims: []explain.Claim{{ID: "small", Section: "1", Claim: "c " + name, Experiment: "e", Measured: "m", Verdict: explain.Holds},
			{ID: "other", Section: "6", Claim: "c", Experiment: "e", Measured: name, Verdict: explain.NotTestable, Instance: "tiny"}},
		Advice:   []explain.Advice{{Text: "use slab, not " + name, Rows: []string{"ablation:metadata:leave-one-out:heap"}}},
		Warnings: []warning.Warning{{Code: "w", Subject: name, Message: "it was busy", Remedy: "repeat"}}}
	host := machine.Host{CPU: name, Cores: 2, OS: "linux", Arch: "amd64", MemoryBytes: 8 << 30, Go: "go1.26", GOMAXPROCS: 2, GOGC: "100"}
	return &Document{Schema: Schema, Measured: "2026-11-27T00:00:00Z", Tool: result.Tool{Version: "v1"}, Host: host, Interrupted: true, Pending: []string{name},
		Networks: []Network{n}, Explanations: []explain.Document{why},
		Results: &result.Document{Schema: result.Schema, Host: host, Tool: result.Tool{Version: "v1"}, Settings: result.Settings{Runs: 15, Threads: 1, Streams: 1, Fill: "balanced", Seed: 1, Library: name}, Results: results}}
}

// hostile is a name that would run, load, hide, turn or move if it were not data.
const hostile = `x</title></script><script>alert(1)</script><img src=http://h/a onerror=a>"'` + "`|*_[a](http://h)\x1b[31m\u202e\u200b\r\n{{.}}"

func rendered(t *testing.T, d *Document, l Language) (html, markdown string) {
	t.Helper()
	var h, m bytes.Buffer
	p := Compose(d, l)
	if err := p.WriteHTML(&h); err != nil {
		t.Fatal(err)
	}
	if err := p.WriteMarkdown(&m); err != nil {
		t.Fatal(err)
	}
	return h.String(), m.String()
}

func TestTheWholeReportGolden(t *testing.T) {
	d := fixture(t, "chain")
	d.Measured = "" // written in the local time
	for l := range sentences {
		_, markdown := rendered(t, d, l)
		golden.Check(t, "report."+string(l)+".md", []byte(markdown))
	}
}

func TestNamesAreDataInEveryOutput(t *testing.T) {
	d := fixture(t, hostile)
	var text bytes.Buffer
	if err := report.WriteJSON(&text, d); err != nil {
		t.Fatal(err)
	}
	for l := range sentences {
		html, markdown := rendered(t, d, l)
		for kind, out := range map[string]string{"HTML": html, "Markdown": markdown, "JSON": text.String()} {
			if i := strings.IndexFunc(out, func(r rune) bool {
				return r != '\n' && r != '\t' && unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp)
			}); i >= 0 {
				t.Errorf("%s has a character that does not show: %q", kind, out[max(0, i-40):i+10])
			}
		}
		// What a browser would run or load, outside of the page's own script and style.
		bare := regexp.MustCompile(`(?s)<script>.*?</script>|<style>.*?</style>`).ReplaceAllString(html, "")
		if strings.Contains(bare, "<script") || strings.Contains(bare, "<img") || regexp.MustCompile(`<[^>]*\s(on\w+|src|style)=`).MatchString(bare) {
			t.Errorf("%s: a name became markup", l)
		}
		if n := strings.Count(html, "<script>"); n != 1 {
			t.Errorf("%s: %d scripts", l, n)
		}
		if strings.Contains(markdown, "<script") && !strings.Contains(markdown, `\<script`) || regexp.MustCompile(`(^|[^\\])<(script|img)`).MatchString(markdown) {
			t.Errorf("%s: a name became HTML in Markdown", l)
		}
	}
}

// TestPagesLoadNothing: a page has no address but those within itself, and says so.
func TestPagesLoadNothing(t *testing.T) {
	for l := range sentences {
		html, _ := rendered(t, fixture(t, "chain"), l)
		for _, address := range regexp.MustCompile(`(?i)(href|src|action|data|srcset|poster)\s*=\s*"([^"]*)"|url\(([^)]*)\)|@import|https?://[^"\s<]*`).FindAllString(html, -1) {
			if !strings.HasPrefix(address, `href="#`) && address != "http://www.w3.org/2000/svg" {
				t.Errorf("%s: the page has the address %s", l, address)
			}
		}
		for _, part := range []string{`lang="` + string(l) + `"`, `content="default-src &#39;none&#39;;`, hash(style), strings.ReplaceAll(hash(pageScript), "+", "&#43;")} {
			if !strings.Contains(html, part) && !strings.Contains(html, strings.ReplaceAll(part, "+", "&#43;")) {
				t.Errorf("%s: the page lacks %q", l, part)
			}
		}
	}
}

// TestPagesAreWhole: identities are unique, links lead somewhere, every drawing is
// described and has its figures, and there are drawings of every kind.
func TestPagesAreWhole(t *testing.T) {
	html, _ := rendered(t, fixture(t, "chain"), English)
	ids := map[string]int{}
	for _, m := range regexp.MustCompile(` id="([^"]*)"`).FindAllStringSubmatch(html, -1) {
		if ids[m[1]]++; ids[m[1]] > 1 {
			t.Errorf("two elements are called %s", m[1])
		}
	}
	for _, m := range regexp.MustCompile(`(?:href="#|aria-labelledby=")([^"]*)"`).FindAllStringSubmatch(html, -1) {
		for _, id := range strings.Fields(m[1]) {
			if ids[id] == 0 {
				t.Errorf("nothing is called %s", id)
			}
		}
	}
	figures := regexp.MustCompile(`(?s)<figure>.*?</figure>`).FindAllString(html, -1)
	if len(figures) != 9 {
		t.Errorf("%d drawings, want nine", len(figures))
	}
	for _, f := range figures {
		svg := f[strings.Index(f, "<svg") : strings.Index(f, "</svg>")+6]
		if err := xml.Unmarshal([]byte(svg), new(struct{})); err != nil {
			t.Errorf("%v: %.200s", err, svg)
		}
		if !strings.Contains(svg, "<title id=") || !strings.Contains(svg, "<desc id=") || !strings.Contains(f, "<tbody>\n<tr>") {
			t.Errorf("a drawing has no description or no table: %.300s", f)
		}
	}
}

// TestLanguagesSayTheSame: they have the same sentences, with the same figures.
func TestLanguagesSayTheSame(t *testing.T) {
	verb := regexp.MustCompile(`%(?:\[(\d)\])?(\.\d)?([sdfg])`)
	figures := func(s string) map[int]string {
		at, found := 0, map[int]string{}
		for _, m := range verb.FindAllStringSubmatch(s, -1) {
			if at++; m[1] != "" {
				at, _ = strconv.Atoi(m[1])
			}
			found[at] = m[2] + m[3]
		}
		return found
	}
	for key, said := range english {
		other, ok := japanese[key]
		if !ok {
			t.Errorf("Japanese lacks %s", key)
		} else if !reflect.DeepEqual(figures(said), figures(other)) {
			t.Errorf("%s has other figures in Japanese: %q, %q", key, said, other)
		}
	}
	for key := range japanese {
		if _, ok := english[key]; !ok && !strings.HasPrefix(key, "claim.") && !strings.HasPrefix(key, "experiment.") { // these are in English where they were measured
			t.Errorf("English lacks %s", key)
		}
	}
}

// TestSentencesStandInOnePlace: no text that a reader sees is written in the code that
// composes and renders, nor in the template.
func TestSentencesStandInOnePlace(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	sentence := regexp.MustCompile(`\p{L}{2,} \p{L}{2,}|[ぁ-んァ-ヶ一-龠]`)
	used := map[string]bool{}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") || strings.HasPrefix(file, "words_") || file == "read.go" { // errors are of the command line
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(parsed, func(n ast.Node) bool {
			if literal, ok := n.(*ast.BasicLit); ok && literal.Kind == token.STRING {
				text, _ := strconv.Unquote(literal.Value)
				used[strings.TrimPrefix(text, "<")] = true
				css := strings.ContainsAny(text, "{;") || strings.Contains(text, "page: ") || strings.Contains(text, "/")
				if sentence.MatchString(text) && !css && !strings.HasPrefix(text, "2006") {
					t.Errorf("%s says %q itself", file, text)
				}
			}
			return true
		})
	}
	bare := regexp.MustCompile(`(?s)\{\{.*?\}\}|<[^>]*>`).ReplaceAllString(pageTemplate, "")
	if strings.ContainsFunc(bare, unicode.IsLetter) {
		t.Errorf("the template says %q itself", strings.Join(strings.Fields(bare), " "))
	}
	for _, key := range slices.Sorted(maps.Keys(english)) {
		kind, name, _ := strings.Cut(key, ".")
		if !used[key] && !used[name] && !used[kind] && !(name == explain.LeaveOneOut || name == explain.OneIn) && !strings.HasPrefix(key, "plot.sizes.in") {
			t.Errorf("nothing says %s", key)
		}
	}
}

// TestAReportIsReadAgain: what was written as JSON makes the same page.
func TestAReportIsReadAgain(t *testing.T) {
	d := fixture(t, "chain")
	var text bytes.Buffer
	if err := report.WriteJSON(&text, d); err != nil {
		t.Fatal(err)
	}
	again := &Document{Schema: Schema}
	if err := again.Read(&text); err != nil {
		t.Fatal(err)
	}
	for l := range sentences {
		_, want := rendered(t, d, l)
		if _, got := rendered(t, again, l); got != want {
			t.Errorf("%s: the report that was read again differs:\n%s", l, got)
		}
	}
}

func TestStoredDocumentsOfEachKindAreRead(t *testing.T) {
	whole := fixture(t, "chain")
	results, _ := json.Marshal(whole.Results)
	why, _ := json.Marshal(whole.Explanations[0])
	d := &Document{Schema: Schema}
	if err := d.Read(bytes.NewReader(append(append(results, '\n'), why...))); err != nil {
		t.Fatal(err)
	}
	d.Gather()
	if len(d.Networks) != 1 || len(d.Explanations) != 1 || len(d.Results.Results) != 3 || d.Host.CPU != "chain" {
		t.Errorf("%d networks, %d explanations, %+v", len(d.Networks), len(d.Explanations), d.Host)
	}
	if _, markdown := rendered(t, d, English); !strings.Contains(markdown, "slab is the fastest") || !strings.Contains(markdown, "does not") && !strings.Contains(markdown, "holds") {
		t.Errorf("the page of stored results lacks something:\n%s", markdown)
	}
	other := *whole.Results
	other.Settings.Threads = 8
	text, _ := json.Marshal(other)
	if err := d.Read(bytes.NewReader(text)); err == nil || !strings.Contains(err.Error(), "tnbench compare") {
		t.Errorf("results of other settings: %v", err)
	}
	for text, want := range map[string]string{
		"":                              "is empty",
		"{}":                            "schema is missing",
		"[1]":                           "no object",
		`{"schema":"tnbench-plan/1"}`:   `schema is "tnbench-plan/1"`,
		`{"schema":"tnbench/2"}`:        "use a newer tnbench",
		`{"schema":"tnbench-report/9"}`: "use a newer tnbench",
		`{"schema":"tnbench-report/1","networks":5}`: "networks is a number",
		`{"schema":"tnbench-explain/1","steps":"x"}`: "steps is a string",
		`{"schema":"tnbench/1"`:                      "ends in the middle",
		`{"schema":"tnbench/1"}x`:                    "is no JSON",
	} {
		if err := new(Document).Read(strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
}

// TestPartsThatAreAbsentLeaveNoTrace: a document of little is a page of little.
func TestPartsThatAreAbsentLeaveNoTrace(t *testing.T) {
	for _, d := range []*Document{{}, {Networks: []Network{{Instance: "a", Path: "p"}}}, {Networks: []Network{{Instance: "a", Path: "p"}}, Results: &result.Document{Results: []result.Result{{Instance: "a", Path: "p", Alloc: "make", Error: "x"}}}}} {
		for l := range sentences {
			html, markdown := rendered(t, d, l)
			if strings.Contains(html, "%!") || strings.Contains(markdown, "%!") || strings.Contains(markdown, "NaN") {
				t.Errorf("%s: %s", l, markdown)
			}
		}
	}
}

// TestWhatIsLeftOutIsSaid: a plan of too many buffers, and factors that were not varied, by
// their direction.
func TestWhatIsLeftOutIsSaid(t *testing.T) {
	d := fixture(t, "chain")
	f := &d.Networks[0].Forecasts[0]
	d.Networks[0].Plan, f.Intermediates, f.Temporaries = nil, MostBoxes, 1
	d.Explanations[0].Ablation = []explain.Effect{
		{Factor: explain.FactorHuge, Direction: explain.OneIn, To: "huge pages", Reason: "there is one processor"},
		{Factor: explain.FactorHuge, Direction: explain.LeaveOneOut, To: "huge pages", Reason: "no region saves memory here"}}
	_, markdown := rendered(t, d, English)
	for _, want := range []string{"The plan is not drawn: of 5,001 buffers", "one factor changed):", "huge pages (to huge pages): there is one processor."} {
		if !strings.Contains(markdown, want) {
			t.Errorf("the report lacks %q", want)
		}
	}
	if n := strings.Count(markdown, "Not varied here"); n != 2 {
		t.Errorf("%d directions were not varied, want both:\n%s", n, markdown)
	}
	f.Intermediates = 1
	if _, markdown := rendered(t, d, English); strings.Contains(markdown, "is not drawn") {
		t.Error("a plan of few buffers, which is not known, is said to be too large")
	}
}

// TestRegionsAreShown: what runs slice by slice, what is live then, and what each choice leaves.
func TestRegionsAreShown(t *testing.T) {
	d := fixture(t, "chain")
	n := &d.Networks[0]
	n.Inspection.Paths[0].Streaming = result.Measured(study.Streaming{Regions: []study.Region{{Steps: []int{2, 3, 4}, Labels: "ab", Slices: 64, Added: 2, StreamedBytes: 3 << 20}}, StreamedBytes: 3 << 20, PeakLive: 1 << 20, PeakWithout: 4 << 20})
	with := n.Live[0]
	with.Regions = "auto"
	n.Live = append(n.Live, with)
	d.Explanations[0].Streaming = []explain.Streaming{{Regions: "off", PeakLive: 4 << 20}, {Regions: "max", Count: 1, Steps: 3, StreamedBytes: 3 << 20, PeakLive: 1 << 20}}
	for l, wants := range map[Language][]string{
		English:  {"| 2 to 4 (3) ", "Regions never store 3 MiB of intermediates. At least 1 MiB are live at once, without regions 4 MiB.", "path (as written), regions auto", "| max "},
		Japanese: {"| 2〜4（3） ", "パス順（リージョン auto）", "| max "},
	} {
		_, markdown := rendered(t, d, l)
		for _, want := range wants {
			if !strings.Contains(markdown, want) {
				t.Errorf("%s: the report lacks %q:\n%s", l, want, markdown)
			}
		}
	}
}
