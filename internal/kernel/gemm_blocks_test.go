package kernel

import "testing"

// What is in no cache and lies in short runs is packed, whatever else speaks for
// reading it in place; the same runs in a cache, or longer ones, are not.
func TestFarRowsInShortRunsArePacked(t *testing.T) {
	near := shape{batch: 1, rows: 1024, cols: 32, depth: 64, size: 8, parts: 1}
	far := near
	far.rows = 32768
	for _, test := range []struct {
		name   string
		shape  shape
		rowRun int
		want   bool
	}{{"near, short", near, 8, true}, {"far, short", far, 8, false}, {"far, long", far, 64, true}} {
		rows, _ := sidesInPlace(test.shape, 8, 24, inPlace{rowRun: test.rowRun})
		if rows != test.want {
			t.Errorf("%s: rows in place = %v, want %v", test.name, rows, test.want)
		}
	}
}
