package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func reasons(t *testing.T) []Reason {
	t.Helper()
	read, err := ReadReasons("../../docs/errors.md")
	if err != nil {
		t.Fatal(err)
	}
	return read
}

func TestThePageHasEveryReasonOnceAndInTheOrderOfTheContract(t *testing.T) {
	var named []string
	for _, reason := range reasons(t) {
		named = append(named, reason.Name)
	}
	promised := contracts(t).Reasons()
	for _, name := range promised {
		if !slices.Contains(named, name) {
			t.Errorf("docs/errors.md does not have %s", name)
		}
	}
	if !t.Failed() && !slices.Equal(named, promised) {
		t.Errorf("docs/errors.md has\n%v, the contract\n%v", named, promised)
	}
}

func TestTheCallsThatAreNamedExist(t *testing.T) {
	contracts := contracts(t)
	for _, reason := range reasons(t) {
		for _, call := range reason.Calls {
			if contracts.Method(call) == nil {
				t.Errorf("%s: there is no method %s", reason.Name, call)
			}
		}
	}
}

func TestTheCodesAreCodes(t *testing.T) {
	codes := []string{
		"", "ABORTED", "ALREADY_EXISTS", "DEADLINE_EXCEEDED", "FAILED_PRECONDITION", "INTERNAL", "INVALID_ARGUMENT", "NOT_FOUND",
		"OUT_OF_RANGE", "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "UNAUTHENTICATED", "UNAVAILABLE",
	}
	for _, reason := range reasons(t) {
		if !slices.Contains(codes, reason.Code) {
			t.Errorf("%s: %s is no code", reason.Name, reason.Code)
		}
	}
}

// The reasons whose code is not their kind's: shared/rpc/src/status.rs has them as a table.
func TestTheCodesOfRefusalsAreThoseOfTheServer(t *testing.T) {
	source, err := os.ReadFile("../../shared/rpc/src/status.rs")
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(source), "fn code_of_refusal")
	table, _, _ = strings.Cut(table, "_ => None")
	arm := regexp.MustCompile(`(?s)((?:"[A-Z_0-9]+"[ |\n]*)+)=> \{?\s*Some\(Code::(\w+)\)`)
	arms := arm.FindAllStringSubmatch(table, -1)
	if len(arms) == 0 {
		t.Fatal("status.rs has no table of codes any more")
	}
	capital := regexp.MustCompile(`([a-z])([A-Z])`)
	for _, found := range arms {
		code := strings.ToUpper(capital.ReplaceAllString(found[2], "${1}_$2"))
		for _, name := range quoted.FindAllStringSubmatch(found[1], -1) {
			at := slices.IndexFunc(reasons(t), func(one Reason) bool { return one.Name == name[1] })
			if at < 0 || reasons(t)[at].Code != code {
				t.Errorf("the server says %s with %s, docs/errors.md does not", name[1], code)
			}
		}
	}
}

var (
	quoted     = regexp.MustCompile(`"([A-Z][A-Z0-9]*_[A-Z0-9_]+|INTERNAL|CONFLICT|UNAVAILABLE|UNAUTHENTICATED)"`)
	reasonBody = regexp.MustCompile(`(?s)fn reason\(&?self\)[^{]*\{.*?\n    \}`)
)

func TestEveryReasonOfTheServicesIsOnThePage(t *testing.T) {
	// A refusal by another service that is passed on as it came; nobody sees this word.
	known := map[string]bool{"PASSED_ON": true}
	for _, reason := range reasons(t) {
		known[reason.Name] = true
	}
	count := 0
	for _, root := range []string{"../../services", "../../shared"} {
		err := filepath.WalkDir(root, func(path string, _ fs.DirEntry, err error) error {
			isRust := strings.HasSuffix(path, ".rs") && !strings.Contains(path, "tests")
			// Why a change came about is no refusal.
			if err != nil || !isRust || strings.HasSuffix(path, "lifecycle/src/domain/change.rs") {
				return err
			}
			source, err := os.ReadFile(path)
			for _, body := range reasonBody.FindAllString(string(source), -1) {
				for _, name := range quoted.FindAllStringSubmatch(body, -1) {
					count++
					if !known[name[1]] {
						t.Errorf("%s: docs/errors.md does not have %s", path, name[1])
					}
				}
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if count < 100 {
		t.Errorf("only %d reasons were found in the services", count)
	}
}
