package main

import (
	"fmt"
	"os"
	"regexp"
	"strings"
)

// Reason is what docs/errors.md says of one reason.
type Reason struct {
	Name string
	// The gRPC code: `FAILED_PRECONDITION`; empty where it is never an error's.
	Code string
	// The paths of the methods that refuse with it; empty for those of any call.
	Calls []string
}

var (
	reasonHeading = regexp.MustCompile(`^### ([A-Z][A-Z0-9_]+)$`)
	codeLine      = regexp.MustCompile("^`([A-Z_]+)`")
	callsLine     = regexp.MustCompile(`^From: (.+)$`)
	callOf        = regexp.MustCompile("`([a-z]+)\\.([A-Za-z]+)/([A-Za-z, ]+)`")
)

// ReadReasons reads docs/errors.md: a heading for each reason, then a paragraph that begins with its code,
// and a line with the calls.
func ReadReasons(path string) ([]Reason, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var all []Reason
	for line := range strings.Lines(string(text)) {
		line = strings.TrimRight(line, "\n")
		if heading := reasonHeading.FindStringSubmatch(line); heading != nil {
			all = append(all, Reason{Name: heading[1]})
			continue
		}
		if len(all) == 0 {
			continue
		}
		last := &all[len(all)-1]
		if code := codeLine.FindStringSubmatch(line); code != nil && last.Code == "" {
			last.Code = code[1]
		}
		if calls := callsLine.FindStringSubmatch(line); calls != nil {
			last.Calls = callsOf(calls[1])
		}
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("%s has no reasons", path)
	}
	return all, nil
}

// callsOf reads `order.OrderService/PlaceOrder, CheckoutCart`: the methods of a service of a package.
func callsOf(text string) []string {
	var all []string
	for _, found := range callOf.FindAllStringSubmatch(text, -1) {
		for method := range strings.SplitSeq(found[3], ", ") {
			all = append(all, fmt.Sprintf("tenure.%s.v1.%s/%s", found[1], found[2], method))
		}
	}
	return all
}
