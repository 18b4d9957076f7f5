package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"tnbench/internal/instance"
)

// outer is a network of n tensors with one label each of dimension dim, all of them
// in the output: its result has dim^n elements.
func outer(t *testing.T, name string, n, dim int) string {
	t.Helper()
	letters, err := instance.Symbols(n)
	if err != nil {
		t.Fatal(err)
	}
	labels := make([]string, n)
	shapes, pairs := strings.Repeat(fmt.Sprintf("[%d],", dim), n), "[0,1]"
	for i := range labels {
		labels[i] = string(letters[i])
		if i > 1 {
			pairs += fmt.Sprintf(",[0,%d]", n-i)
		}
	}
	return written(t, name+".json", fmt.Sprintf(`{"name":%q,"dtype":"float64","num_tensors":%d,"format_string":"%s->%s",
		"shapes":[%s],"paths":{"opt_flops":{"path":[%s]}}}`,
		name, n, strings.Join(labels, ","), string(letters), strings.TrimSuffix(shapes, ","), pairs))
}

// TestNetworksTooLargeToRunCanBeLookedAt claims that what needs no memory works in
// every format on networks of any size, and that what needs it says of which file
// and step how many bytes are too many.
func TestNetworksTooLargeToRunCanBeLookedAt(t *testing.T) {
	large := outer(t, "large", 7, 1<<10) // 2^70 elements: more than an int counts
	infinite := outer(t, "infinite", 1100, 2)
	input := written(t, "input.json", `{"name":"input","dtype":"float32","num_tensors":2,"format_string":"ab,b->a",
		"shapes":[[1099511627776,1099511627776],[1099511627776]],"paths":{"opt_flops":{"path":[[0,1]]}}}`)
	for _, file := range []string{large, infinite, input} {
		for _, command := range []string{"inspect", "histogram", "instances"} {
			for _, format := range []string{"table", "markdown", "csv", "json"} {
				stdout, stderr, code := tnbench(t, command, file, "--format", format)
				if code != 0 || stderr != "" || strings.Contains(stdout, "Inf") || strings.Contains(stdout, "NaN") {
					t.Errorf("%s --format %s of %s: exit %d, stderr %q, stdout:\n%.2000s", command, format, file, code, stderr, stdout)
				}
				if format == "json" && !json.Valid([]byte(stdout)) {
					t.Errorf("%s of %s: malformed JSON %.2000s", command, file, stdout)
				}
			}
		}
		for _, command := range []string{"run", "trace", "plan"} {
			_, stderr, code := tnbench(t, command, file, "-q")
			if code != exitFailed || !strings.Contains(stderr, file+": ") || !strings.Contains(stderr, "bytes, more than any machine can address; ") {
				t.Errorf("%s of %s: exit %d, stderr %q", command, file, code, stderr)
			}
		}
	}
	stdout, _, _ := tnbench(t, "inspect", large)
	for _, want := range []string{"70.00", "1.181e+21", "Too large to be contracted", large + `: format_string: the output "abcdefg" of shape [1024, 1024, 1024, 1024, 1024, 1024, 1024] has 2^73 bytes`} {
		if !strings.Contains(stdout, want) {
			t.Errorf("inspect of 2^70 elements: %q is missing in\n%s", want, stdout)
		}
	}
	if stdout, _, _ = tnbench(t, "inspect", infinite); !strings.Contains(stdout, "1100.00") || !strings.Contains(stdout, "> 10^308") {
		t.Errorf("inspect of 2^1100 elements:\n%s", stdout)
	}
}

// TestThePeakOfLargeNetworksIsCountedWithoutOverflow has seven intermediates of 2^58
// elements live at once: 7·2^61 bytes, more than 63 bits hold.
func TestThePeakOfLargeNetworksIsCountedWithoutOverflow(t *testing.T) {
	var tensors, shapes, pairs []string
	for range 6 {
		for i, label := range []string{"a", "b", "c", "d", "e", "f"} {
			tensors, shapes = append(tensors, label), append(shapes, []string{"[1024]", "[512]"}[i/4])
		}
	}
	for group := range 6 { // the first six tensors of those left; results stand at the end
		left := 36 - 5*group
		pairs = append(pairs, "[0,1]")
		for i := range 4 {
			pairs = append(pairs, fmt.Sprintf("[0,%d]", left-2-i))
		}
	}
	pairs = append(pairs, "[0,5]", "[0,4]", "[0,3]", "[0,2]", "[0,1]")
	file := written(t, "peak.json", fmt.Sprintf(`{"name":"peak","dtype":"float64","num_tensors":36,"format_string":"%s->","shapes":[%s],
		"paths":{"opt_flops":{"path":[%s]}}}`, strings.Join(tensors, ","), strings.Join(shapes, ","), strings.Join(pairs, ",")))
	for format, want := range map[string]string{
		"table": "16,140,901,064,495,857,664 (14 EiB)", "json": `"intermediate_bytes": 16140901064495857664`, "csv": "intermediate_bytes,16140901064495857664",
	} {
		if stdout, stderr, code := tnbench(t, "inspect", file, "--format", format); code != 0 || !strings.Contains(stdout, want) {
			t.Errorf("inspect --format %s: exit %d, stderr %q; %q is missing in\n%s", format, code, stderr, want, stdout)
		}
	}
}

// TestTheFirstStepThatIsTooLargeIsNamed has several such steps, of which goroutines
// that compile at once may find any first.
func TestTheFirstStepThatIsTooLargeIsNamed(t *testing.T) {
	file := written(t, "several.json", `{"name":"several","dtype":"float64","num_tensors":14,"format_string":"a,b,c,d,e,f,g,a,b,c,d,e,f,g->",
		"shapes":[[1024],[1024],[1024],[1024],[1024],[1024],[2],[1024],[1024],[1024],[1024],[1024],[1024],[2]],
		"paths":{"opt_flops":{"path":[[0,1],[0,12],[0,11],[0,10],[0,9],[0,8],[0,7],[0,6],[0,5],[0,4],[0,3],[0,2],[0,1]]}}}`)
	want := "tnbench: " + file + `: paths.opt_flops.path[3]: the result of step 3, "eabcd" of shape [1024, 1024, 1024, 1024, 1024] has 2^53 bytes, ` +
		"more than any machine can address; take another path, cut labels with --slice, or inspect it only\n"
	for range 5 {
		if _, stderr, code := tnbench(t, "trace", file); code != exitFailed || stderr != want {
			t.Fatalf("exit %d, stderr %q, want %q", code, stderr, want)
		}
	}
}
