package model

import (
	"runtime"
	"testing"
)

func TestCoresAreKnownByWhatTheKernelSays(t *testing.T) {
	for text, want := range map[string]core{
		"processor\t: 0\nCPU implementer\t: 0x41\nCPU variant\t: 0x3\nCPU part\t: 0xd0c\n": neoverseN1,
		"CPU implementer\t: 0x41\nCPU part\t: 0xd40\n":                                     neoverseV1,
		"CPU implementer\t: 0x41\nCPU part\t: 0xd4f\n":                                     neoverseV2,
		"CPU implementer\t: 0x41\nCPU part\t: 0xd49\n":                                     neoverseN2,
		"CPU implementer\t: 0x61\nCPU part\t: 0x023\n":                                     apple,
		"CPU implementer\t: 0x41\nCPU part\t: 0xd03\n\nCPU part\t: 0xd40\n":                neoverseV1,
		"CPU implementer\t: 0x48\nCPU part\t: 0xd40\n":                                     neoverseN1, // a part of somebody else
		"model name : something\n":                                                         neoverseN1,
		"":                                                                                 neoverseN1,
	} {
		if got := coreOf(text); got != want {
			t.Errorf("coreOf(%q) = %s, want %s", text, got.name, want.name)
		}
	}
}

func TestMachinesOfPublishedFiguresSaySo(t *testing.T) {
	for _, c := range []core{neoverseN1, neoverseN2, neoverseV1, neoverseV2, apple} {
		m := c.machine()
		if m.Measured || m.Name != c.name {
			t.Errorf("%s: Name %q, Measured %v", c.name, m.Name, m.Measured)
		}
		// A panel of the column side of 48 bytes per term stays in half of the first level, a
		// block of the row side in half of the second.
		if p := &m.Product; p.DepthReals*48 > m.Caches.First/2 || p.RowBytes > m.Caches.Second/2 || p.RowBytes < m.Caches.Second/4 || p.HeldBytes > m.Caches.AtHand {
			t.Errorf("%s: blocks don't fit: %+v, %+v", c.name, m.Product, m.Caches)
		}
	}
	if want := runtime.GOARCH != "arm64"; Here.Measured != want {
		t.Errorf("Here is %s, measured: %v", Here.Name, Here.Measured)
	}
}
