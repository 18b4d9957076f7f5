// Package browser tries the pages that tnbench report writes in a real browser. It is a
// module of its own, so that the program needs no browser's protocol. Run it in this
// folder:
//
//	go test .
//
// It is skipped where there is no browser. TNBENCH_BROWSER names one, TNBENCH_PAGE a page
// to try in place of those that it makes, TNBENCH_SHOTS a folder for pictures of what it
// saw.
package browser

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// hostile is the name of the network: what would run, load or break out if it were not
// data.
const hostile = `x</title><script>alert(1)</script><img src=http://localhost:1/a onerror=alert(2)>\"'\u202e\u001b[31m|` + "`*_${1}{{.}}"

const networkText = `{"name": "` + hostile + `", "dtype": "float64", "num_tensors": 8,
	"format_string": "ab,bc,cd,de,ef,fg,gh,hi->ai",
	"shapes": [[16,16],[16,64],[64,16],[16,20],[20,16],[16,64],[64,16],[16,16]],
	"paths": {"opt_flops": {"path": [[0,1],[0,1],[0,1],[0,1],[0,1],[0,1],[0,1]]}}}`

// browser returns the program, or skips.
func browser(t *testing.T) string {
	t.Helper()
	for _, name := range []string{os.Getenv("TNBENCH_BROWSER"), "chromium", "chromium-browser", "google-chrome", "chrome"} {
		if name != "" {
			if program, err := exec.LookPath(name); err == nil {
				return program
			}
		}
	}
	t.Skip("there is no Chromium here: install one, or name it in TNBENCH_BROWSER")
	return ""
}

// pages makes a page per language, with all parts.
func pages(t *testing.T) map[string]string {
	t.Helper()
	if file := os.Getenv("TNBENCH_PAGE"); file != "" {
		return map[string]string{"given": file}
	}
	folder := t.TempDir()
	in, data := filepath.Join(folder, "net.json"), filepath.Join(folder, "report.json")
	if err := os.WriteFile(in, []byte(networkText), 0o600); err != nil {
		t.Fatal(err)
	}
	all := map[string]string{"en": filepath.Join(folder, "en.html"), "ja": filepath.Join(folder, "ja.html")}
	for _, args := range [][]string{
		{"report", in, "--quick", "-q", "-o", all["en"], "-o", data},
		{"report", "--from", data, "--lang", "ja", "-q", "-o", all["ja"]},
	} {
		cmd := exec.Command("go", append([]string{"run", "./cmd/tnbench"}, args...)...)
		cmd.Dir = filepath.Join("..", "..")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("tnbench %s: %v: %s", strings.Join(args, " "), err, out)
		}
	}
	return all
}

// watcher hears what a page says and asks for.
type watcher struct {
	mutex sync.Mutex
	heard []string
}

func (w *watcher) listen(ctx context.Context, own string) {
	chromedp.ListenTarget(ctx, func(event any) {
		say := ""
		switch e := event.(type) {
		case *runtime.EventConsoleAPICalled:
			say = "console: " + e.Type.String()
			for _, a := range e.Args {
				say += " " + string(a.Value)
			}
		case *runtime.EventExceptionThrown:
			say = "exception: " + e.ExceptionDetails.Error()
		case *log.EventEntryAdded:
			say = "log: " + e.Entry.Text
		case *network.EventRequestWillBeSent:
			if e.Request.URL != own && !strings.HasPrefix(e.Request.URL, own+"#") {
				say = "request: " + e.Request.URL
			}
		case *page.EventJavascriptDialogOpening:
			say = "dialog: " + e.Message
		}
		if say != "" {
			w.mutex.Lock()
			w.heard = append(w.heard, say)
			w.mutex.Unlock()
		}
	})
}

func TestPages(t *testing.T) {
	program := browser(t)
	all := pages(t)
	for _, c := range []struct {
		name, theme string
		width       int64
	}{{"en", "light", 1280}, {"en", "dark", 360}, {"ja", "dark", 1280}, {"ja", "light", 360}, {"given", "light", 360}, {"given", "dark", 1280}} {
		if file := all[c.name]; file != "" {
			t.Run(fmt.Sprintf("%s/%s/%d", c.name, c.theme, c.width), func(t *testing.T) { try(t, program, file, c.name, c.theme, c.width) })
		}
	}
}

// try looks at a page in a theme and a width.
func try(t *testing.T, program, file, name, theme string, width int64) {
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(program), chromedp.NoSandbox, chromedp.WindowSize(int(width), 900))
	ctx, cancel := chromedp.NewExecAllocator(t.Context(), options...)
	defer cancel()
	ctx, cancel = chromedp.NewContext(ctx)
	defer cancel()
	ctx, cancel = context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	absolute, err := filepath.Abs(file)
	if err != nil {
		t.Fatal(err)
	}
	own := (&url.URL{Scheme: "file", Path: absolute}).String()
	w := &watcher{}
	w.listen(ctx, own)
	do := func(actions ...chromedp.Action) {
		t.Helper()
		if err := chromedp.Run(ctx, actions...); err != nil {
			t.Fatal(err)
		}
	}
	var found []string
	check := func(script string) {
		t.Helper()
		var faults []string
		do(chromedp.Evaluate(script, &faults))
		found = append(found, faults...)
	}
	do(network.Enable(), runtime.Enable(), log.Enable(), page.Enable(),
		emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: theme}}),
		emulation.SetDeviceMetricsOverride(width, 900, 1, width < 600),
		chromedp.Navigate(own), chromedp.WaitReady("body"))
	shoot(t, ctx, fmt.Sprintf("%s-%s-%d.png", name, theme, width))
	do(chromedp.Evaluate(`document.querySelectorAll("details").forEach(d => d.open = true)`, nil))
	check(layout)
	check(contrast)
	sorts(t, ctx)
	do(chromedp.Click("#theme", chromedp.ByQuery))
	var now string
	if do(chromedp.Evaluate(`document.documentElement.dataset.theme + " " + getComputedStyle(document.body).backgroundColor`, &now)); strings.HasPrefix(now, theme) {
		t.Errorf("the theme is %s after the button was pressed", now)
	}
	check(contrast)
	var pdf []byte
	do(chromedp.ActionFunc(func(ctx context.Context) (err error) {
		pdf, _, err = page.PrintToPDF().WithPrintBackground(true).Do(ctx)
		return err
	}))
	if len(pdf) < 20_000 {
		t.Errorf("%d bytes of PDF", len(pdf))
	}
	keep(t, fmt.Sprintf("%s-%s-%d.pdf", name, theme, width), pdf)
	for _, fault := range found {
		t.Error(fault)
	}
	w.mutex.Lock()
	defer w.mutex.Unlock()
	for _, heard := range w.heard {
		t.Error(heard)
	}
}

// sorts sorts the first table with enough rows by mouse and by keyboard.
func sorts(t *testing.T, ctx context.Context) {
	t.Helper()
	state := `(() => {
		const table = [...document.querySelectorAll("table")].find(t => t.tBodies[0].rows.length > 2 && t.querySelector("th.figure button"));
		const head = table.querySelector("th.figure"), column = head.cellIndex;
		head.querySelector("button").id = "sort";
		return [head.getAttribute("aria-sort") || "", ...[...table.tBodies[0].rows].map(r => r.cells[column].dataset.v ?? "")];
	})()`
	read := func() (order string, figures []string) {
		var all []string
		if err := chromedp.Run(ctx, chromedp.Evaluate(state, &all)); err != nil {
			t.Fatal(err)
		}
		return all[0], all[1:]
	}
	sorted := func(figures []string, up bool) bool {
		last := 0.0
		for i, f := range figures {
			v := 0.0
			if f == "" {
				return i > 0 // what is missing stands last
			}
			fmt.Sscan(f, &v)
			if i > 0 && (up && v < last || !up && v > last) {
				return false
			}
			last = v
		}
		return true
	}
	if order, _ := read(); order != "" {
		t.Errorf("the table is sorted %s before anybody asked", order)
	}
	for _, press := range []struct {
		by   string
		do   chromedp.Action
		want string
	}{
		{"mouse", chromedp.Click("#sort", chromedp.ByQuery), "descending"},
		{"mouse again", chromedp.Click("#sort", chromedp.ByQuery), "ascending"},
		{"Enter", chromedp.Tasks{chromedp.Focus("#sort", chromedp.ByQuery), chromedp.KeyEvent(kb.Enter)}, "descending"},
		{"Space", chromedp.Tasks{chromedp.Focus("#sort", chromedp.ByQuery), chromedp.KeyEvent(" ")}, "ascending"},
	} {
		if err := chromedp.Run(ctx, press.do); err != nil {
			t.Fatal(err)
		}
		if order, figures := read(); order != press.want || !sorted(figures, order == "ascending") {
			t.Errorf("after %s: %s, %v; want %s", press.by, order, figures, press.want)
		}
	}
}

// layout finds what is wider than the screen, identities that are not unique, links to
// nowhere, drawings without a description, headings that leave a level out.
const layout = `(() => {
	const faults = [], root = document.documentElement;
	if (root.scrollWidth > innerWidth) faults.push("the page is " + root.scrollWidth + " wide on a screen of " + innerWidth);
	const seen = new Set();
	for (const e of document.querySelectorAll("[id]")) { if (seen.has(e.id)) faults.push("two elements are called " + e.id); seen.add(e.id); }
	for (const a of document.querySelectorAll("a")) if (!a.getAttribute("href").startsWith("#") || !document.getElementById(a.getAttribute("href").slice(1))) faults.push("a link leads to " + a.getAttribute("href"));
	for (const s of document.querySelectorAll("svg")) {
		const parts = s.getAttribute("aria-labelledby").split(" ").map(id => document.getElementById(id)?.textContent || "");
		if (s.getAttribute("role") !== "img" || parts.length !== 2 || parts.some(p => p === "")) faults.push("a drawing is described by " + parts);
	}
	if (document.querySelectorAll("svg").length < 4) faults.push("the page has " + document.querySelectorAll("svg").length + " drawings");
	if (document.querySelectorAll("script").length !== 1) faults.push("the page has " + document.querySelectorAll("script").length + " scripts");
	if (document.querySelectorAll("img, link, iframe, object, embed, base, form").length) faults.push("the page has elements that load");
	let level = 0;
	for (const h of document.querySelectorAll("h1, h2, h3")) { const l = Number(h.tagName[1]); if (l > level + 1) faults.push("a heading of level " + l + " follows one of " + level); level = l; }
	return faults;
})()`

// contrast finds text that does not stand out from what is behind it by 4.5:1.
const contrast = `(() => {
	const faults = new Set(), probe = document.createElement("canvas").getContext("2d", {willReadFrequently: true});
	const known = new Map(), rgb = color => { if (!known.has(color)) known.set(color, measure(color)); return known.get(color); };
	const measure = color => { probe.clearRect(0, 0, 1, 1); probe.fillStyle = color; probe.fillRect(0, 0, 1, 1); return [...probe.getImageData(0, 0, 1, 1).data]; };
	const light = c => { const [r, g, b] = c.map(v => { v /= 255; return v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4; }); return .2126 * r + .7152 * g + .0722 * b; };
	const behind = e => { for (; e; e = e.parentElement) { const c = rgb(getComputedStyle(e).backgroundColor); if (c[3] === 255) return c; } return [255, 255, 255, 255]; };
	for (const e of document.querySelectorAll("body *")) {
		if (![...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim()) || !e.getClientRects().length || ["SCRIPT", "title", "desc"].includes(e.tagName)) continue;
		const svg = e.ownerSVGElement, style = getComputedStyle(e);
		if (svg && /d-q/.test(e.getAttribute("class"))) continue; // on boxes: their inks are tested
		const a = light(rgb(svg ? style.fill : style.color)), b = light(behind(svg ? svg.parentElement : e));
		const ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
		if (ratio < 4.5) faults.add("contrast " + ratio.toFixed(2) + " of " + e.tagName + "." + e.getAttribute("class") + ": " + e.textContent.slice(0, 30));
	}
	return [...faults];
})()`

// shoot keeps a picture of the whole page.
func shoot(t *testing.T, ctx context.Context, name string) {
	t.Helper()
	if os.Getenv("TNBENCH_SHOTS") == "" {
		return
	}
	var picture []byte
	if err := chromedp.Run(ctx, chromedp.FullScreenshot(&picture, 100)); err != nil {
		t.Fatal(err)
	}
	keep(t, name, picture)
}

func keep(t *testing.T, name string, data []byte) {
	t.Helper()
	if folder := os.Getenv("TNBENCH_SHOTS"); folder != "" {
		if err := os.WriteFile(filepath.Join(folder, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}
