package main

import (
	"os"
	"path/filepath"
	"testing"
)

// oneLarge is a network whose only large intermediate has 128 MiB and is used at once.
const oneLarge = `{"name":"one","format_string":"ax,xb,bc->ac","shapes":[[4096,4],[4,4096],[4096,4]],
"dtype":"float64","num_tensors":3,"paths":{"opt_flops":{"path":[[0,1],[0,1]]}}}`

// TestRegionsKeepLittleResident contracts networks with an intermediate of 128 MiB in
// fresh processes, and reads what was resident at most: the whole intermediate where it
// is stored, and 40 MiB in all where it is streamed.
func TestRegionsKeepLittleResident(t *testing.T) {
	if testing.Short() {
		t.Skip("takes processes that contract")
	}
	small := filepath.Join(t.TempDir(), "one.json")
	if err := os.WriteFile(small, []byte(oneLarge), 0o644); err != nil {
		t.Fatal(err)
	}
	files := []string{small}
	if dir := os.Getenv("TNBENCH_SUITE"); dir != "" {
		files = append(files, filepath.Join(dir, "tensornetwork_permutation_light_415.json"))
	}
	for _, file := range files {
		for _, mode := range []string{"off", "auto", "max"} {
			mark := residentPeak(t, file, mode)
			if mark > 40 && mode != "off" {
				mark = min(mark, residentPeak(t, file, mode)) // the system may have added a huge page
			}
			if stored := mode == "off"; stored != (mark > 128) || !stored && mark > 40 {
				t.Errorf("%s, %s: %.1f MiB were resident, want more than 128 if all is stored and at most 40 otherwise", file, mode, mark)
			}
		}
	}
}

// residentPeak returns the most memory, in MiB, that a process had while it contracted for
// the first time.
func residentPeak(t *testing.T, file, mode string) float64 {
	results := filepath.Join(t.TempDir(), "results.json")
	command := program(t, "run", file, "--regions", mode, "--cold", "--alloc", "planned", "--runs", "1", "--warmup", "0", "--check", "off", "--no-peaks", "-o", results)
	if output, err := command.CombinedOutput(); err != nil {
		t.Fatalf("%s, %s: %v: %s", file, mode, err, output)
	}
	mark := highest(t, results)
	if mark == 0 {
		t.Fatalf("%s, %s: no resident peak was measured", file, mode)
	}
	return mark
}
