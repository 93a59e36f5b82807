package settings

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

func TestTheCallGraphIsThatOfThePeers(t *testing.T) {
	for _, service := range Services {
		file, err := Read(service)
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(file.Peers(), Calls[service]) {
			t.Errorf("%s has the peers %v, and Calls has %v", service, file.Peers(), Calls[service])
		}
	}
}

// The names are texts in the services' sources, where `watch_health` takes them from.
func TestHealthKnowsTheNames(t *testing.T) {
	for service, name := range Health {
		text, err := os.ReadFile(filepath.Join(Root, "services", service, "src", "lib.rs"))
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(text), `"`+name+`"`) || !strings.Contains(string(text), "watch_health(") {
			t.Errorf("%s does not watch the health of %s", service, name)
		}
	}
}

func TestAWrongVariableIsFound(t *testing.T) {
	file, err := Read("license-key")
	if err != nil {
		t.Fatal(err)
	}
	for name, known := range map[string]bool{
		"LICENSE_KEY__MASTER_KEY":        true,
		"LICENSE_KEY__DOWNLOADS__LISTEN": true,
		"POD_NAME":                       true,
		"LICENSE_KEY__MASTERKEY":         false,
		"LICENSE_KEY__DOWNLOADS":         false,
		"ORDER__SERVER__LISTEN":          false,
	} {
		if (file.Unknown(name) == "") != known {
			t.Errorf("%s: %q", name, file.Unknown(name))
		}
	}
}
