package instance

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// The reference of every test here is encoding/json.

// randomJSON draws a JSON value as text, with white space at random.
func randomJSON(t *rapid.T, depth int) string {
	space := rapid.SampledFrom([]string{"", "", "", " ", "\n\t", "\r\n "}).Draw(t, "space")
	kinds := 5
	if depth == 0 {
		kinds = 3
	}
	switch rapid.IntRange(0, kinds-1).Draw(t, "kind") {
	case 0:
		return space + rapid.SampledFrom([]string{"null", "true", "false", "0", "-0.5e+07", "12345678901234567890"}).Draw(t, "word")
	case 1, 2:
		return space + randomText(t)
	case 3:
		var values []string
		for range rapid.IntRange(0, 4).Draw(t, "values") {
			values = append(values, randomJSON(t, depth-1))
		}
		return space + "[" + strings.Join(values, space+",") + space + "]"
	default:
		var values []string
		for range rapid.IntRange(0, 4).Draw(t, "values") {
			values = append(values, space+randomText(t)+space+":"+randomJSON(t, depth-1))
		}
		return space + "{" + strings.Join(values, ",") + space + "}"
	}
}

// randomText draws a JSON string as text, escapes included.
func randomText(t *rapid.T) string {
	var b strings.Builder
	for range rapid.IntRange(0, 6).Draw(t, "length") {
		b.WriteString(rapid.OneOf(
			rapid.SampledFrom([]string{`\"`, `\\`, `\/`, `\b`, `\f`, `\n`, `\r`, `\t`, `\u00e9`, `\ufffD`, `\ud83d\ude00`, `[`, `}`, `,`, `:`, ` `}),
			rapid.StringMatching(`\\u[0-9a-cA-C][0-9a-fA-F]{3}`),
			rapid.StringMatching(`[^\x00-\x1f"\\]`),
		).Draw(t, "character"))
	}
	return `"` + b.String() + `"`
}

func TestCursorReadsStringsAsEncodingJSONDoes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := randomText(t)
		var want string
		if err := json.Unmarshal([]byte(text), &want); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		c := &cursor{data: []byte(text)}
		if got, err := c.text(""); err != nil || got != want || c.pos != len(text) {
			t.Fatalf("%s: %q, %v, stopped at %d of %d; want %q", text, got, err, c.pos, len(text), want)
		}
		if string(c.data) != text {
			t.Fatalf("%s became %s", text, c.data)
		}
	})
}

func TestCursorSkipsWholeValues(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := randomJSON(t, 3)
		if !json.Valid([]byte(text)) {
			t.Fatalf("the test drew %s", text)
		}
		end := rapid.SampledFrom([]string{",", "]", "}", " }"}).Draw(t, "end")
		c := &cursor{data: []byte(text + end)}
		if c.skip(); c.pos != len(text) {
			t.Fatalf("skipped %q of %q", c.data[:c.pos], text)
		}
	})
}

func TestCursorReadsObjectsAsEncodingJSONDoes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := randomJSON(t, 2)
		want := map[string]json.RawMessage{}
		err := json.Unmarshal([]byte(text), &want)
		c := &cursor{data: []byte(text)}
		got := map[string]json.RawMessage{}
		gotErr := c.object("", func(key string) error {
			c.peek()
			start := c.pos
			c.skip()
			got[key] = json.RawMessage(c.data[start:c.pos])
			return nil
		})
		if isNull := strings.TrimSpace(text) == "null"; (gotErr != nil) != (err != nil || isNull) {
			t.Fatalf("%s: error %v, want %v", text, gotErr, err)
		}
		if gotErr == nil && !reflect.DeepEqual(got, want) {
			t.Fatalf("%s: %q, want %q", text, got, want)
		}
	})
}

func TestCursorReadsRowsAsEncodingJSONDoes(t *testing.T) {
	number := rapid.OneOf(
		rapid.Map(rapid.Int(), func(v int) string { return fmt.Sprint(v) }),
		rapid.SampledFrom([]string{"0", "7", "-0", "999999999", "1000000000", "9223372036854775807", "-9223372036854775808",
			"9223372036854775808", "1.0", "1e2", `"1"`, "null", "[]", "true"}),
	)
	rapid.Check(t, func(t *rapid.T) {
		space := rapid.SampledFrom([]string{"", " ", "\n"}).Draw(t, "space")
		var lists []string
		for range rapid.IntRange(0, 5).Draw(t, "rows") {
			row := rapid.SliceOfN(number, 0, 4).Draw(t, "row")
			lists = append(lists, space+"["+strings.Join(row, space+","+space)+space+"]")
		}
		text := "[" + strings.Join(lists, ",") + space + "]"
		var want [][]int
		wantErr := json.Unmarshal([]byte(text), &want)
		if strings.Contains(text, "null") {
			wantErr = fmt.Errorf("null is no number") // encoding/json leaves a 0
		}
		got, err := (&cursor{data: []byte(text)}).rows("f")
		if (err != nil) != (wantErr != nil) {
			t.Fatalf("%s: error %v, want %v", text, err, wantErr)
		}
		if err != nil {
			return
		}
		if got.len() != len(want) {
			t.Fatalf("%s: %d rows, want %d", text, got.len(), len(want))
		}
		for i := range want {
			if fmt.Sprint(got.row(i)) != fmt.Sprint(want[i]) {
				t.Fatalf("%s: row %d is %v, want %v", text, i, got.row(i), want[i])
			}
		}
	})
}
