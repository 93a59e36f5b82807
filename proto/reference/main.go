// Writes docs/api.md from the contracts: each method, who may call it, whether it can be repeated, what it
// takes and what it can refuse with.
//
//	go run . DESCRIPTORS ERRORS > api.md
//
// DESCRIPTORS is what `buf build --as-file-descriptor-set` makes, with the comments; ERRORS is
// docs/errors.md, which says which refusals come from which calls. `renew` runs it as it is meant.
package main

import (
	"bufio"
	"fmt"
	"log"
	"os"
)

func main() {
	log.SetFlags(0)
	if len(os.Args) != 3 {
		log.Fatal("usage: reference DESCRIPTORS ERRORS")
	}
	if err := run(os.Args[1], os.Args[2]); err != nil {
		log.Fatal(err)
	}
}

func run(descriptors, errors string) error {
	contracts, err := ReadContracts(descriptors)
	if err != nil {
		return err
	}
	reasons, err := ReadReasons(errors)
	if err != nil {
		return err
	}
	out := bufio.NewWriter(os.Stdout)
	writePage(out, contracts, reasons)
	if err := out.Flush(); err != nil {
		return fmt.Errorf("the page cannot be written: %w", err)
	}
	return nil
}
