package printable

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/clipperhouse/displaywidth"
	"pgregory.net/rapid"
)

func TestLineShowsEveryCharacter(t *testing.T) {
	for text, want := range map[string]string{
		"":                          "",
		"light_415.json":            "light_415.json",
		`C:\nets\a.json`:            `C:\nets\a.json`,
		"naïve 名前 ﷽ é\u00a0x":       "naïve 名前 ﷽ é\u00a0x",
		"\x1b[31mred":               `\x1b[31mred`,
		"a\nb\rc\td\x00\x7f":        `a\nb\rc\td\x00\x7f`,
		"\u009b31m\u0085":           `\u009b31m\u0085`,
		"\u202egnp.exe":             `\u202egnp.exe`,
		"\u2066a\u2069\u200e\u061c": `\u2066a\u2069\u200e\u061c`,
		"a\u200bb\u200d\ufeff":      `a\u200bb\u200d\ufeff`,
		"\ufe0f\u3164\u2028":        `\ufe0f\u3164\u2028`,
		"\U000e0041":                `\U000e0041`,
		"\xff\xc3":                  `\xff\xc3`,
		"\ufffd":                    "\ufffd",
	} {
		if got := Line(text); got != want {
			t.Errorf("Line(%+q) = %q, want %q", text, got, want)
		}
	}
	if got := Lines("a\n\tb\r\x1b"); got != "a\n\tb"+`\r\x1b` {
		t.Errorf("Lines keeps lines and tabs alone, got %q", got)
	}
}

// hostile draws texts of what is dangerous somewhere, and some letters.
var hostile = rapid.SliceOf(rapid.OneOf(
	rapid.SampledFrom([]string{"\x1b", "\n", "\r", "\t", "\x00", "\u009b", "\u202e", "\u200b", "\ufeff", "\xff", "\xe2\x82", "\U000e0041", "é", "名",
		"=", "+", "-", "@", ";", "'", `"`, ",", "|", "`", "[", "]", "(", ")", "<", ">", "&", "#", "1", ".", "*", "_", "~", "$", `\`, " ", "/", "%", "a", "b", "http://", "www."}),
	rapid.String()))

func TestNothingHiddenPasses(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := strings.Join(hostile.Draw(t, "text"), "")
		for name, got := range map[string]string{"Line": Line(text), "CSV": CSV(text), "Markdown": Markdown(text), "Word": Word(text)} {
			if !utf8.ValidString(got) || strings.ContainsFunc(got, func(r rune) bool {
				return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector)
			}) {
				t.Fatalf("%s(%+q) = %+q", name, text, got)
			}
		}
		if once := Line(text); Line(once) != once {
			t.Fatalf("Line(%+q) = %q and then %q", text, once, Line(once))
		}
	})
}

func TestJSONMeansTheSame(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := strings.Join(hostile.Draw(t, "text"), "")
		plain, err := json.Marshal(map[string]string{text: text})
		if err != nil {
			t.Fatal(err)
		}
		var want, got map[string]string
		shown := JSON(plain)
		if err := json.Unmarshal(plain, &want); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(shown, &got); err != nil {
			t.Fatalf("%v in %q", err, shown)
		}
		for k, v := range want {
			if got[k] != v {
				t.Fatalf("%+q became %+q", v, got[k])
			}
		}
		if Lines(string(shown)) != string(shown) {
			t.Fatalf("hidden characters in %+q", shown)
		}
	})
}

func TestWritersSeeCharactersAcrossWrites(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := strings.Join(hostile.Draw(t, "text"), "") + "." // ends no writer within a character
		var b bytes.Buffer
		w := NewWriter(&b)
		for rest := text; rest != ""; {
			n := rapid.IntRange(1, len(rest)).Draw(t, "bytes")
			if wrote, err := w.Write([]byte(rest[:n])); wrote != n || err != nil {
				t.Fatalf("wrote %d of %d: %v", wrote, n, err)
			}
			rest = rest[n:]
		}
		if b.String() != Lines(text) {
			t.Fatalf("%+q in pieces gives %+q, whole %+q", text, b.String(), Lines(text))
		}
	})
}

func TestCellsOfCSVAreNoFormulas(t *testing.T) {
	for text, want := range map[string]string{
		"net": "net", "=cmd()": "'=cmd()", "+1+1": "'+1+1", "-2+3+cmd|' /C calc'!A0": "'-2+3+cmd|' /C calc'!A0", "@SUM(A1)": "'@SUM(A1)",
		" =1+1": "' =1+1", "\t=1": `\t=1`, "＝1+1": "'＝1+1", "a;=1+1": "a;'=1+1", `";=1`: `";'=1`, `"=1`: `'"=1`,
		"-1": "-1", "+1.5e-3": "+1.5e-3", "a-b": "a-b", "": "", "-dash.json": "'-dash.json",
	} {
		if got := CSV(text); got != want {
			t.Errorf("CSV(%q) = %q, want %q", text, got, want)
		}
	}
}

func TestMarkdownIsText(t *testing.T) {
	for text, want := range map[string]string{
		"opt_flops · 1,234 steps": "opt_flops · 1,234 steps", "0.5 [0.4, 0.6]": "0.5 [0.4, 0.6]",
		"a|b": `a\|b`, "`code`": "\\`code\\`", "[x](y)": `\[x\](y)`, "![x](y)": `!\[x\](y)`, "[x][y]": `\[x\]\[y\]`, "[x]: y": `\[x\]: y`, "<b>": `\<b>`, "&lt;": `\&lt;`,
		"**b**": `\*\*b\*\*`, "_i_": `\_i\_`, "a_b_c": "a_b_c", "~~s~~": `\~\~s\~\~`, "$x$": `\$x\$`, `\|`: `\\\|`,
		"# h": `\# h`, "#12": `\#12`, "> q": `\> q`, "- l": `\- l`, "+ l": `\+ l`, "1. l": `1\. l`, "2) l": `2\) l`, "=": `\=`,
		"http://x": `http\://x`, "www.x.y": `www\.x.y`, "@who": `\@who`, "2.5 ms": "2.5 ms",
	} {
		if got := Markdown(text); got != want {
			t.Errorf("Markdown(%q) = %q, want %q", text, got, want)
		}
	}
}

func TestWordsStayDifferent(t *testing.T) {
	seen := map[string]string{}
	for _, text := range []string{"a b", "a_b", "a/b", `a\b`, "a%20b", "a\u200bb", "ab", "a\u2003b", "名"} {
		w := Word(text)
		if other, ok := seen[w]; ok || strings.ContainsAny(w, " /") {
			t.Errorf("Word(%q) = %q, as of %q", text, w, other)
		}
		seen[w] = text
	}
}

func TestShortenedLinesFit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		line, width := Line(rapid.String().Draw(t, "line")), rapid.IntRange(4, 40).Draw(t, "width")
		got := Shorten(line, width)
		if displaywidth.String(got) > width || displaywidth.String(line) <= width && got != line {
			t.Fatalf("Shorten(%q, %d) = %q, %d columns", line, width, got, displaywidth.String(got))
		}
	})
	if got, want := Shorten("tensornetwork_permutation_light_415.json", 20), "tensornetwork…5.json"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
