package product

import "testing"

// What is in no cache and lies in short runs is packed, whatever else speaks for
// reading it in place; the same runs in a cache, or longer ones, are not.
func TestFarRowsInShortRunsArePacked(t *testing.T) {
	near := Shape{Batch: 1, Rows: 1024, Cols: 32, Depth: 64, Size: 8, Parts: 1}
	far := near
	far.Rows = 32768
	for _, test := range []struct {
		name   string
		shape  Shape
		rowRun int
		want   bool
	}{{"near, short", near, 8, true}, {"far, short", far, 8, false}, {"far, long", far, 64, true}} {
		rows, _ := SidesInPlace(test.shape, 8, 24, Placement{RowRun: test.rowRun})
		if rows != test.want {
			t.Errorf("%s: rows in place = %v, want %v", test.name, rows, test.want)
		}
	}
}
