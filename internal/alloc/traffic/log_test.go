package traffic_test

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"unsafe"

	"pgregory.net/rapid"

	"tnbench/internal/alloc"
	"tnbench/internal/alloc/alloctest"
	"tnbench/internal/alloc/traffic"
	"tnbench/internal/alloc/wrap"
)

func TestTracingWritesTheDocumentedFormat(t *testing.T) {
	var out bytes.Buffer
	s := traffic.NewTracing(alloctest.New(t, "arena"), &out)
	if err := s.Prepare([]alloc.Request{{Bytes: 4096, First: 0, Last: 1}, {Bytes: 32, First: 1, Last: 1}}); err != nil {
		t.Fatal(err)
	}
	a, b := s.Alloc(0), s.Alloc(1)
	s.Free(0, a)
	s.Free(1, b)
	s.Reset()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	const want = `{"step":0,"id":0,"bytes":4096,"op":"alloc"}
{"step":1,"id":1,"bytes":32,"op":"alloc"}
{"step":1,"id":0,"bytes":4096,"op":"free"}
{"step":1,"id":1,"bytes":32,"op":"free"}
{"op":"reset"}
`
	if out.String() != want {
		t.Errorf("wrote\n%s\nwant\n%s", out.String(), want)
	}
}

func TestTracingReportsFailedWrites(t *testing.T) {
	s := traffic.NewTracing(alloctest.New(t, "arena"), failingWriter{})
	if err := s.Prepare([]alloc.Request{{Bytes: 8}}); err != nil {
		t.Fatal(err)
	}
	s.Free(0, s.Alloc(0))
	s.Reset()
	if err := s.Close(); !errors.Is(err, errFull) {
		t.Errorf("Close: %v, want %v", err, errFull)
	}
}

var errFull = errors.New("disk full")

type failingWriter struct{}

func (failingWriter) Write([]byte) (int, error) { return 0, errFull }

func TestTracedProgramsReadBackWithTheirTrafficAndPeak(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		requests := alloctest.Programs().Draw(rt, "requests")
		var out bytes.Buffer
		traced := traffic.NewTracing(alloctest.New(t, "make"), &out)
		if err := traced.Prepare(requests); err != nil {
			rt.Fatal(err)
		}
		alloctest.Runner(traced, requests)()
		if err := traced.Close(); err != nil {
			rt.Fatal(err)
		}
		logs, err := traffic.ReadLog(&out)
		if len(requests) == 0 {
			if err == nil {
				rt.Fatal("a log without events was accepted")
			}
			return
		}
		if err != nil || len(logs) != 1 {
			rt.Fatalf("%+v: %d contractions, %v; want one", requests, len(logs), err)
		}
		log := &logs[0]
		if got, want := alloc.PeakLive(log.Requests), alloc.PeakLive(requests); got != want {
			rt.Errorf("%+v: peak of the log %d bytes, want %d", requests, got, want)
		}
		if got, want := len(log.Events), 2*len(requests); got != want {
			rt.Errorf("%+v: %d events, want %d", requests, got, want)
		}
		counting := wrap.NewCounting(alloctest.New(t, "planned"))
		replay, err := traffic.NewReplay(counting, log, traffic.TouchPages)
		if err != nil {
			rt.Fatal(err)
		}
		for range 2 {
			if err := replay.Run(); err != nil {
				rt.Fatal(err)
			}
		}
		if got := counting.Counts(); got.Allocs != 2*len(requests) || got.Frees != got.Allocs || got.Peak != alloc.PeakLive(requests) {
			rt.Errorf("%+v: two replays counted %+v, want %d allocs, as many frees, peak %d", requests, got, 2*len(requests), alloc.PeakLive(requests))
		}
		if err := counting.Close(); err != nil {
			rt.Fatal(err)
		}
	})
}

func TestLogsOfOtherProgramsAreUnderstood(t *testing.T) {
	logs, err := traffic.ReadLog(strings.NewReader(`# written by a wrapped malloc
{"op":"reset"}
{"op":"alloc","id":"0x7f00","bytes":100,"thread":3}

{"bytes":0,"op":"alloc","id":-1}
{"op":"free","id":"0x7f00"}
  {"op":"alloc","id":"0x7f00","bytes":7}
{"op":"reset"}
{"op":"alloc","id":-1,"bytes":5}
`))
	if err != nil {
		t.Fatal(err)
	}
	want := []traffic.Log{{
		Requests: []alloc.Request{{Bytes: 100, First: 0, Last: 2}, {Bytes: 1, First: 1, Last: 4}, {Bytes: 7, First: 3, Last: 5}},
		Events:   []traffic.Event{{ID: 0}, {ID: 1}, {ID: 0, Free: true}, {ID: 2}, {ID: 1, Free: true}, {ID: 2, Free: true}},
	}, {
		Requests: []alloc.Request{{Bytes: 5, First: 0, Last: 1}},
		Events:   []traffic.Event{{ID: 0}, {ID: 0, Free: true}},
	}}
	if !reflect.DeepEqual(logs, want) {
		t.Errorf("read %+v, want %+v", logs, want)
	}
}

func TestBrokenLogsAreRefusedWithTheirLine(t *testing.T) {
	const good = `{"op":"alloc","id":1,"bytes":8}` + "\n"
	for text, want := range map[string]string{
		"":                               "the log has no event",
		"# nothing\n":                    "the log has no event",
		good + "{":                       "line 2: not JSON: unexpected end of JSON",
		good + `{"op":"free","id":1} {}`: "line 2: not JSON: invalid character '{' after",
		good + "[]":                      "line 2: the line is a JSON array, want an object",
		good + `{"op":7,"id":1}`:         "line 2: op is a number, want a string",
		good + `{"op":"realloc","id":1}`: `line 2: op is "realloc"`,
		good + `{"id":1}`:                `line 2: op is ""`,
		good + `{"op":"free"}`:           "line 2: id is missing",
		good + `{"op":"free","id":null}`: "line 2: id is missing",
		good + `{"op":"free","id":[1]}`:  "line 2: id is [1]",
		good + `{"op":"free","id":2}`:    "line 2: id 2 is freed but not live",
		good + `{"op":"reset"}` + "\n" + `{"op":"free","id":1}`: "line 3: id 1 is freed but not live",
		good + good:                             "line 2: id 1 is allocated while it is live since line 1",
		"\n" + `{"op":"alloc","id":1}`:          "line 2: bytes is missing",
		`{"op":"alloc","id":1,"bytes":-8}`:      "line 1: bytes is -8",
		`{"op":"alloc","id":1,"bytes":1e300}`:   "line 1: bytes is a number 1e300, want a whole number of 0 to",
		`{"op":"alloc","id":1,"bytes":1.5}`:     "line 1: bytes is a number 1.5, want a whole number of 0 to",
		`{"op":"alloc","id":1,"bytes":"large"}`: "line 1: bytes is a string",
		good + strings.Repeat("x", 2<<20):       "line 2: longer than 1048576 bytes",
	} {
		if _, err := traffic.ReadLog(strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("ReadLog(%.80q): error %v, want one with %q", text, err, want)
		}
	}
}

func TestReplayReportsExhaustion(t *testing.T) {
	log := &traffic.Log{
		Requests: []alloc.Request{{Bytes: 8, Last: 3}, {Bytes: 8, First: 1, Last: 2}},
		Events:   []traffic.Event{{ID: 0}, {ID: 1}, {ID: 1, Free: true}, {ID: 0, Free: true}},
	}
	fail := true
	inner := alloctest.New(t, "arena")
	s := &alloctest.Faulty{Strategy: inner, OnAlloc: func(id int) unsafe.Pointer {
		if id == 1 && fail {
			return nil
		}
		return inner.Alloc(id)
	}}
	replay, err := traffic.NewReplay(s, log, traffic.TouchAll)
	if err != nil {
		t.Fatal(err)
	}
	if err := replay.Run(); !errors.Is(err, alloc.ErrOutOfMemory) || !strings.Contains(fmt.Sprint(err), "event 1") {
		t.Errorf("error %v, want out of memory at event 1", err)
	}
	fail = false
	if err := replay.Run(); err != nil {
		t.Errorf("second run: %v", err)
	}
}

func FuzzReadLog(f *testing.F) {
	f.Add(`{"step":0,"id":0,"bytes":4096,"op":"alloc"}` + "\n" + `{"id":0,"op":"free"}` + "\n" + `{"op":"reset"}`)
	f.Add("# comment\n\n{\"op\":\"alloc\",\"id\":\"a\",\"bytes\":0}")
	f.Fuzz(func(t *testing.T, text string) {
		logs, err := traffic.ReadLog(strings.NewReader(text))
		if err != nil {
			return
		}
		for i := range logs {
			checkLog(t, text, &logs[i])
		}
	})
}

// checkLog fails unless every buffer of log is allocated once and freed once, at
// the ends of its lifetime.
func checkLog(t *testing.T, text string, log *traffic.Log) {
	t.Helper()
	if len(log.Events) != 2*len(log.Requests) || len(log.Events) == 0 && !strings.Contains(text, "reset") {
		t.Fatalf("%q: %d events of %d buffers", text, len(log.Events), len(log.Requests))
	}
	if err := alloc.Validate(log.Requests); err != nil {
		t.Fatalf("%q: accepted, but %v", text, err)
	}
	live := make([]bool, len(log.Requests))
	for i, e := range log.Events {
		if live[e.ID] != e.Free {
			t.Fatalf("%q: event %d, %+v, but live is %v", text, i, e, live[e.ID])
		}
		live[e.ID] = !e.Free
		if r := log.Requests[e.ID]; e.Free && int(r.Last) != i || !e.Free && int(r.First) != i {
			t.Fatalf("%q: event %d is not in the lifetime %+v", text, i, r)
		}
	}
}

func TestTouchWritesWhatItSays(t *testing.T) {
	for _, name := range traffic.TouchNames() {
		touch, err := traffic.ParseTouch(name)
		if err != nil || touch.String() != name {
			t.Fatalf("ParseTouch(%q) = %v, %v", name, touch, err)
		}
		const size = 3*4096 + 100
		block := bytes.Repeat([]byte{0xff}, size+2)
		inner := alloctest.New(t, "make")
		s := &alloctest.Faulty{Strategy: inner, OnAlloc: func(int) unsafe.Pointer { return unsafe.Pointer(&block[1]) }}
		replay, err := traffic.NewReplay(s, &traffic.Log{Requests: []alloc.Request{{Bytes: size}}, Events: []traffic.Event{{}}}, touch)
		if err != nil {
			t.Fatal(err)
		}
		if err := replay.Run(); err != nil {
			t.Fatal(err)
		}
		want := map[traffic.Touch]int{traffic.TouchPages: 5, traffic.TouchAll: size, traffic.TouchNone: 0}[touch]
		if got := len(block) - bytes.Count(block, []byte{0xff}); got != want {
			t.Errorf("%s: %d of %d bytes written, want %d", name, got, size, want)
		}
		if block[0] != 0xff || block[size+1] != 0xff {
			t.Errorf("%s: bytes beside the buffer were written", name)
		}
	}
	if _, err := traffic.ParseTouch("half"); err == nil {
		t.Error("ParseTouch accepted half")
	}
}
