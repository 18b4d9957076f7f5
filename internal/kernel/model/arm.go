package model

import "strings"

// core is what has been published of a core for 64-bit ARM. Nobody here has measured
// one: what is not said of it is taken from what was measured on x86-64.
type core struct {
	name string
	// Sizes in bytes; of a cache that cores share, a part for each.
	first, second, third int
	// alias is the bytes of a way of the first-level cache.
	alias int
	// What is done per cycle with vectors of 128 bits.
	fmas, loads float64
}

// The cores. Figures of Neoverse are from Arm's technical reference manuals and software
// optimization guides of each; where these leave a choice of caches, and for the third
// level, they are those of Graviton 2, 3 and 4. Pipelines of Apple's, from M1 on, are as
// Dougall Johnson measured them on M1 (dougallj.github.io/applecpu); caches are M1's, too,
// the second one a quarter of what four cores share.
var (
	neoverseN1 = core{"Neoverse N1", 64 << 10, 1 << 20, 32 << 20, 16 << 10, 2, 2}
	neoverseN2 = core{"Neoverse N2", 64 << 10, 1 << 20, 32 << 20, 16 << 10, 2, 3}
	neoverseV1 = core{"Neoverse V1", 64 << 10, 1 << 20, 32 << 20, 16 << 10, 4, 3}
	neoverseV2 = core{"Neoverse V2", 64 << 10, 2 << 20, 36 << 20, 16 << 10, 4, 3}
	apple      = core{"Apple M", 128 << 10, 3 << 20, 8 << 20, 16 << 10, 4, 3}
)

// coreOf returns the core that the lines of /proc/cpuinfo tell of, by the numbers of
// implementer and part in MIDR_EL1, and the smallest one if they tell of none. Where there
// are several kinds it is the first that is known.
func coreOf(cpuinfo string) core {
	const arm, appleInc = "0x41", "0x61"
	parts := map[string]core{"0xd0c": neoverseN1, "0xd49": neoverseN2, "0xd40": neoverseV1, "0xd4f": neoverseV2}
	implementer := ""
	for line := range strings.Lines(cpuinfo) {
		key, value, _ := strings.Cut(line, ":")
		value = strings.TrimSpace(value)
		switch strings.TrimSpace(key) {
		case "CPU implementer":
			if implementer = value; value == appleInc {
				return apple
			}
		case "CPU part":
			if known, ok := parts[value]; ok && implementer == arm {
				return known
			}
		}
	}
	return neoverseN1
}

// machine is a machine of such cores. Times are in proportion to what a vector of 128 bits
// does.
func (c core) machine() Machine {
	caches := zen.Caches
	caches.First, caches.Second, caches.Third, caches.Alias = c.first, c.second, c.third, c.alias
	m := zen.fitted(caches)
	m.Name, m.Measured = c.name, false

	m.Product.FMA, m.Product.Load = 1/c.fmas, 1/c.loads
	m.Narrow.FMA, m.Narrow.Load = 1/c.fmas, 1/c.loads

	// Streams and layouts count in vectors of 64 bytes, which are four of these.
	const four = 4
	m.Stream.FMA, m.Stream.Load = four/c.fmas, four/c.loads
	m.Layout.MAC = zen.Layout.MAC * m.Stream.FMA / zen.Stream.FMA
	return m
}
