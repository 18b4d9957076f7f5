//go:build !linux

package main

import "errors"

func makeFull(string) error {
	return errors.New("no device that is always full is made on this system")
}
