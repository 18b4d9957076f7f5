package dtype

import (
	"strings"
	"testing"
	"unsafe"
)

func TestNamesRoundTrip(t *testing.T) {
	for _, want := range All {
		if got, err := Parse(want.String()); err != nil || got != want {
			t.Errorf("Parse(%q) = %v, %v; want %v", want.String(), got, err, want)
		}
	}
}

func TestParseListsWhatIsSupported(t *testing.T) {
	for _, name := range []string{"", "int8", "Float64", "float64 ", "dtype(0)"} {
		_, err := Parse(name)
		if err == nil {
			t.Errorf("Parse(%q): no error", name)
			continue
		}
		for _, supported := range All {
			if !strings.Contains(err.Error(), supported.String()) {
				t.Errorf("Parse(%q): error %q does not list %v", name, err, supported)
			}
		}
	}
}

func TestUnknownTypesHaveANameToShow(t *testing.T) {
	for typ, want := range map[Type]string{0: "dtype(0)", Complex128 + 1: "dtype(5)", 255: "dtype(255)"} {
		if got := typ.String(); got != want {
			t.Errorf("String() = %q, want %q", got, want)
		}
	}
}

// checkType claims that want describes the Go type T, and that memory of it can
// be seen as bytes and back.
func checkType[T Element](t *testing.T, want Type, isComplex bool, sample T) {
	t.Helper()
	if got := Of[T](); got != want {
		t.Errorf("Of[%T]() = %v, want %v", sample, got, want)
	}
	if got := want.Size(); got != int(unsafe.Sizeof(sample)) {
		t.Errorf("%v.Size() = %d, want %d", want, got, unsafe.Sizeof(sample))
	}
	if got := want.IsComplex(); got != isComplex {
		t.Errorf("%v.IsComplex() = %v, want %v", want, got, isComplex)
	}
	for _, n := range []int{0, 1, 2, 3, 17} {
		b := Make(want, n)
		if len(b) != n*want.Size() {
			t.Errorf("Make(%v, %d) has %d bytes, want %d", want, n, len(b), n*want.Size())
		}
		view := View[T](b)
		if len(view) != n {
			t.Fatalf("View of %d elements of %v has %d", n, want, len(view))
		}
		for i, v := range view {
			if v != 0 {
				t.Errorf("element %d of %d new ones of %v is %v, want 0", i, n, want, v)
			}
			view[i] = sample
		}
		back := Bytes(view)
		if len(back) != len(b) || unsafe.SliceData(back) != unsafe.SliceData(b) {
			t.Errorf("Bytes of the view of %d elements of %v is other memory: %d bytes, want %d", n, want, len(back), len(b))
		}
		if n > 0 && len(View[T](b[:len(b)-1])) != n-1 {
			t.Errorf("View of %d bytes of %v has %d elements, want %d", len(b)-1, want, len(View[T](b[:len(b)-1])), n-1)
		}
	}
}

func TestTypesDescribeTheirGoTypes(t *testing.T) {
	checkType(t, Float32, false, float32(1.5))
	checkType(t, Float64, false, 1.5)
	checkType(t, Complex64, true, complex64(1.5-2i))
	checkType(t, Complex128, true, 1.5-2i)
}

func TestMakeBytesIsZeroedAndAligned(t *testing.T) {
	for n := range 200 {
		b := MakeBytes(n)
		if len(b) != n {
			t.Fatalf("MakeBytes(%d) has length %d", n, len(b))
		}
		if at := uintptr(unsafe.Pointer(unsafe.SliceData(b))); at%unsafe.Alignof(complex128(0)) != 0 {
			t.Errorf("MakeBytes(%d) is at %#x, which suits no complex128", n, at)
		}
		for i, v := range b {
			if v != 0 {
				t.Errorf("byte %d of MakeBytes(%d) is %d", i, n, v)
			}
			b[i] = 0xff // so that memory that is handed out twice shows
		}
	}
}

func TestSizeOfUnknownTypesPanics(t *testing.T) {
	defer func() {
		if r := recover(); r != "dtype: size of dtype(0)" {
			t.Errorf("recovered %v, want dtype: size of dtype(0)", r)
		}
	}()
	Type(0).Size()
}
