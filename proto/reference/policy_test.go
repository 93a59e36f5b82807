package main

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

// policy is what service-config.json has of each group of methods.
type policy struct {
	Name []struct {
		Service string
		Method  string
	}
	Timeout     string
	RetryPolicy *struct {
		MaxAttempts          int
		InitialBackoff       string
		MaxBackoff           string
		BackoffMultiplier    float64
		RetryableStatusCodes []string
	}
}

func policies(t *testing.T) map[string]policy {
	t.Helper()
	bytes, err := os.ReadFile("../service-config.json")
	if err != nil {
		t.Fatal(err)
	}
	var config struct{ MethodConfig []policy }
	if err := json.Unmarshal(bytes, &config); err != nil {
		t.Fatal(err)
	}
	of := map[string]policy{}
	for _, one := range config.MethodConfig {
		for _, name := range one.Name {
			path := name.Service + "/" + name.Method
			if _, twice := of[path]; twice {
				t.Errorf("%s is named twice", path)
			}
			of[path] = one
		}
	}
	return of
}

func contracts(t *testing.T) *Contracts {
	t.Helper()
	read, err := ReadContracts("../tenure.binpb")
	if err != nil {
		t.Fatal(err)
	}
	return read
}

func TestWhatTheServiceConfigNamesExists(t *testing.T) {
	contracts := contracts(t)
	for path := range policies(t) {
		if contracts.Method(path) == nil {
			t.Errorf("there is no method %s", path)
		}
	}
}

func TestEveryMethodHasATimeout(t *testing.T) {
	of := policies(t)
	for _, service := range contracts(t).Services() {
		for _, method := range Methods(service) {
			timeout, err := time.ParseDuration(of[Path(method)].Timeout)
			if err != nil || timeout <= 0 {
				t.Errorf("%s has no timeout", Path(method))
			}
		}
	}
}

func TestWhatIsSafeOrHasARequestIDIsRepeatedAndNothingElse(t *testing.T) {
	of := policies(t)
	for _, service := range contracts(t).Services() {
		for _, method := range Methods(service) {
			if isRepeated := of[Path(method)].RetryPolicy != nil; isRepeated != CanRepeat(method) {
				t.Errorf("%s: repeated is %t, and should be %t", Path(method), isRepeated, CanRepeat(method))
			}
		}
	}
}

// Anything but UNAVAILABLE is an answer, or tells that time is up.
func TestOnlyWhatIsAwayIsAskedAgain(t *testing.T) {
	for path, one := range policies(t) {
		retry := one.RetryPolicy
		if retry == nil {
			continue
		}
		// gRPC makes five attempts at most, whatever is said.
		if retry.MaxAttempts < 2 || retry.MaxAttempts > 5 || retry.BackoffMultiplier <= 1 {
			t.Errorf("%s: %+v", path, *retry)
		}
		if !slices.Equal(retry.RetryableStatusCodes, []string{"UNAVAILABLE"}) {
			t.Errorf("%s is repeated after %v", path, retry.RetryableStatusCodes)
		}
	}
}

func TestEveryMethodHasItsWordOfAccess(t *testing.T) {
	contracts := contracts(t)
	for _, service := range contracts.Services() {
		for _, method := range Methods(service) {
			if strings.HasSuffix(string(contracts.Access(method).Name()), "_UNSPECIFIED") {
				t.Errorf("%s has no word of access", Path(method))
			}
		}
	}
}
