package instance

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"tnbench/internal/source"
)

// embedded holds three sound instances and one that can't be read.
func embedded() fs.FS {
	file := &fstest.MapFile{Data: []byte(good)}
	return fstest.MapFS{
		"regular_220.json": file, "regular_tiny.json": file, "matrices.json": file,
		"broken.json": {Data: []byte("{")}, "README.md": {}, "below/hidden.json": file,
	}
}

// inDirectory makes a directory with files of its own and goes there.
func inDirectory(t *testing.T) {
	t.Helper()
	t.Chdir(t.TempDir())
	for _, file := range []string{"b.json", "a.json", "notes.txt", "bare", "matrices", "set/two.json", "set/one.json", "set/deep/three.json", "void/x.txt", "set/dir.json/x"} {
		if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(good), 0o666); err != nil {
			t.Fatal(err)
		}
	}
}

func TestResolveFindsWhatArgumentsStandFor(t *testing.T) {
	inDirectory(t)
	for _, c := range []struct{ args, want string }{
		{"", "(broken) (matrices) (regular_220) (regular_tiny)"},
		{"a.json", "a.json"},
		{"bare", "bare"},
		{"notes.txt", "notes.txt"},
		{"b.json a.json", "b.json a.json"},
		{"set", "set/one.json set/two.json"},
		{"set/", "set/one.json set/two.json"},
		{"*.json", "a.json b.json"},
		{"*", "a.json b.json"},
		{"*/t*", "set/two.json"},
		{"matrices", "(matrices)"},
		{"./matrices", "./matrices"},
		{"matrices.json", "(matrices)"},
		{"regular*", "(regular_220) (regular_tiny)"},
		{"regular_*.json", "(regular_220) (regular_tiny)"},
		{"regular_t", "(regular_tiny)"},
		{"matrices a.json matrices.json ./a.json set set/one.json", "(matrices) a.json set/one.json set/two.json"},
	} {
		items, err := Resolve(strings.Fields(c.args), embedded())
		if err != nil {
			t.Errorf("%q: %v", c.args, err)
		}
		if got := names(items); got != c.want {
			t.Errorf("%q stands for %q, want %q", c.args, got, c.want)
		}
	}
}

// names joins the names of items, those of embedded ones in parentheses.
func names(items []Item) string {
	var list []string
	for _, it := range items {
		name := filepath.ToSlash(it.Name)
		if it.Embedded() {
			name = "(" + name + ")"
		}
		list = append(list, name)
	}
	return strings.Join(list, " ")
}

func TestResolveSaysWhatThereIsInstead(t *testing.T) {
	inDirectory(t)
	for _, c := range []struct{ arg, want string }{
		{"regular", "regular: no such file or embedded instance; did you mean regular_220 or regular_tiny?"},
		{"matr.json", "matr.json: no such file or embedded instance; did you mean matrices?"},
		{"m.json", "m.json: no such file or embedded instance; embedded are broken, matrices, regular_220, regular_tiny"},
		{"matrixes", "matrixes: no such file or embedded instance; did you mean matrices?"},
		{"Tiny", "Tiny: no such file or embedded instance; did you mean regular_tiny?"},
		{"nothing_like_it", "nothing_like_it: no such file or embedded instance; embedded are broken, matrices, regular_220, regular_tiny"},
		{"", ": no such file or embedded instance; embedded are broken, matrices, regular_220, regular_tiny"},
		{"set/four.json", "set/four.json: no such file or directory, and no file matches it"},
		{"set/x*.json", "set/x*.json: no such file or directory, and no file matches it"},
		{"void", "void: the directory holds no *.json file"},
		{"reg[", "reg[: no such file, and no pattern either: a [ has no ] (\\[ is the character)"},
	} {
		items, err := Resolve([]string{"a.json", c.arg, "matrices"}, embedded())
		if err == nil || err.Error() != c.want {
			t.Errorf("%q:\n got %v\nwant %s", c.arg, err, c.want)
		}
		if got := names(items); got != "a.json (matrices)" {
			t.Errorf("%q: the other arguments stand for %q, want a.json (matrices)", c.arg, got)
		}
	}
	_, err := Resolve([]string{"gone"}, fstest.MapFS{})
	if want := "gone: no such file or embedded instance"; err == nil || err.Error() != want {
		t.Errorf("nothing embedded: error %v, want %s", err, want)
	}
	_, err = Resolve([]string{"gone", "lost.json"}, fstest.MapFS{})
	if err == nil || strings.Count(err.Error(), "no such file") != 2 {
		t.Errorf("two unknown names: error %v, want both in it", err)
	}
}

func TestItemsLoadOnTheirOwn(t *testing.T) {
	inDirectory(t)
	items, err := Resolve([]string{"broken", "matrices", "a.json"}, embedded())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := items[0].Load(t.Context(), source.Limit{}); err == nil || !strings.HasPrefix(err.Error(), "broken.json:1:1: malformed JSON") {
		t.Errorf("broken: error %v, want one of malformed JSON in broken.json", err)
	}
	for i, want := range map[int]string{1: Embedded, 2: "a.json"} {
		if in, err := items[i].Load(t.Context(), source.Limit{}); err != nil || in.Source != want {
			t.Errorf("%s: %v, want it with the source %s", items[i].Name, err, want)
		}
	}
}

func TestLoadNamesFilesThatCannotBeRead(t *testing.T) {
	inDirectory(t)
	for _, file := range []string{"gone.json", "set"} {
		if _, err := Load(t.Context(), file, source.Limit{}); err == nil || !strings.Contains(err.Error(), file) {
			t.Errorf("%s: error %v, want one that names it", file, err)
		}
	}
	if _, err := LoadFS(embedded(), "gone.json"); err == nil || !strings.Contains(err.Error(), "gone.json") {
		t.Errorf("gone.json: error %v, want one that names it", err)
	}
}

// TestLoadNamesLongFilesThatAreMalformed has what is refused before all of it is read.
func TestLoadNamesLongFilesThatAreMalformed(t *testing.T) {
	for _, line := range []string{"{\"name\":\n", "{\"name\": x}\n"} {
		file := filepath.Join(t.TempDir(), "long.json")
		if err := os.WriteFile(file, []byte(strings.Repeat(line, 2<<20/len(line))), 0o644); err != nil {
			t.Fatal(err)
		}
		if in, err := Load(t.Context(), file, source.Limit{}); in != nil || err == nil || !strings.HasPrefix(err.Error(), file+":") {
			t.Errorf("%q and so on: %v, want an error of %s", line, err, file)
		}
	}
}
