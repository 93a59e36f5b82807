// Package containers checks the Dockerfile and docker-compose.yml with the parsers of their own tools, and that
// what they refer to is there. It builds and starts nothing.
package containers

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/linter"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
	"github.com/moby/patternmatcher"
	"github.com/moby/patternmatcher/ignorefile"

	"tenure.dev/deploy/check/settings"
)

func stages(t *testing.T) []instructions.Stage {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(settings.Root, "Dockerfile"))
	if err != nil {
		t.Fatal(err)
	}
	tree, err := parser.Parse(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	warned := func(rule, _, _, message string, _ []parser.Range) { t.Errorf("%s: %s", rule, message) }
	found, _, err := instructions.Parse(tree.AST, linter.New(&linter.Config{Warn: warned}))
	if err != nil {
		t.Fatal(err)
	}
	for _, warning := range tree.Warnings {
		t.Error(warning.Short)
	}
	return found
}

// copied returns the paths that are copied out of the repository.
func copied(t *testing.T) []string {
	t.Helper()
	paths := []string{}
	for _, stage := range stages(t) {
		for _, command := range stage.Commands {
			if copy, ok := command.(*instructions.CopyCommand); ok && copy.From == "" {
				paths = append(paths, copy.SourcePaths...)
			}
		}
	}
	return paths
}

func TestWhatIsCopiedIsThereAndNotIgnored(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(settings.Root, ".dockerignore"))
	if err != nil {
		t.Fatal(err)
	}
	patterns, err := ignorefile.ReadAll(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	ignored, err := patternmatcher.New(patterns)
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range copied(t) {
		if _, err := os.Stat(filepath.Join(settings.Root, path)); err != nil {
			t.Error(err)
		}
		if isIgnored, err := ignored.MatchesOrParentMatches(path); err != nil || isIgnored {
			t.Errorf("%s is left out by .dockerignore (%v)", path, err)
		}
	}
	for _, path := range []string{"secrets/signing-key.pem", "data/lifecycle.db", ".env", "target/release/tenure", ".git/config"} {
		if isIgnored, err := ignored.MatchesOrParentMatches(path); err != nil || !isIgnored {
			t.Errorf("%s gets into the build (%v)", path, err)
		}
	}
}

// Sources may take files of the repository into the binary: they have to be there when it is built.
func TestWhatTheSourcesIncludeIsCopied(t *testing.T) {
	paths := copied(t)
	includes := regexp.MustCompile(`include_(?:str|bytes)!\(\s*"([^"]+)"`)
	err := filepath.WalkDir(filepath.Join(settings.Root, "services"), func(path string, entry os.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".rs" || strings.Contains(path, "/tests") {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, included := range includes.FindAllStringSubmatch(string(text), -1) {
			found, err := filepath.Rel(settings.Root, filepath.Join(filepath.Dir(path), included[1]))
			if err != nil {
				return err
			}
			if !isWithin(found, paths) {
				t.Errorf("%s includes %s, which is not copied", path, found)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// Cargo refuses a workspace of which a member is missing.
func TestAllMembersOfTheWorkspaceAreCopied(t *testing.T) {
	manifest, err := os.ReadFile(filepath.Join(settings.Root, "Cargo.toml"))
	if err != nil {
		t.Fatal(err)
	}
	members := regexp.MustCompile(`(?m)^members = \[(.*)\]$`).FindStringSubmatch(string(manifest))
	if members == nil {
		t.Fatal("Cargo.toml has no line of members")
	}
	for _, member := range regexp.MustCompile(`"([a-z]+)[/"]`).FindAllStringSubmatch(members[1], -1) {
		if !isWithin(member[1], copied(t)) {
			t.Errorf("%s is not copied", member[1])
		}
	}
}

func isWithin(path string, folders []string) bool {
	for _, folder := range folders {
		if path == folder || strings.HasPrefix(path, folder+"/") {
			return true
		}
	}
	return false
}

func TestTheImageIsSmallAndNotRoots(t *testing.T) {
	all := stages(t)
	last := all[len(all)-1]
	if len(all) < 2 || last.BaseName != "scratch" {
		t.Errorf("the image is made of %d stages, the last on %s", len(all), last.BaseName)
	}
	user, entry := "", []string{}
	ports := map[string]bool{}
	for _, command := range last.Commands {
		switch command := command.(type) {
		case *instructions.UserCommand:
			user = command.User
		case *instructions.EntrypointCommand:
			entry = command.CmdLine
		case *instructions.ExposeCommand:
			for _, port := range command.Ports {
				ports[port] = true
			}
		}
	}
	if user != "65532:65532" {
		t.Errorf("it runs as %q", user)
	}
	if len(entry) != 1 || entry[0] != "/usr/bin/tenure" {
		t.Errorf("it starts %v", entry)
	}
	for _, service := range settings.Services {
		file, err := settings.Read(service)
		if err != nil {
			t.Fatal(err)
		}
		if !ports[file.Port()] {
			t.Errorf("the port of %s is not exposed", service)
		}
		if !isWithin("deploy/"+service+".toml", copied(t)) {
			t.Errorf("the configuration of %s is not in it", service)
		}
	}
}
