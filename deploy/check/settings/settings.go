// Package settings knows what an operator can set: the keys of deploy/<service>.toml, and the names that the
// environment has for them.
package settings

import (
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"

	"github.com/BurntSushi/toml"
)

// Services are the five, as `tenure serve` calls them.
var Services = []string{"catalog", "order", "lifecycle", "license-key", "audit"}

// Root is the root of the repository, as the packages of this module see it.
const Root = "../../.."

// Health has the name under which health knows each service: the one to ask for readiness.
var Health = map[string]string{
	"catalog":     "tenure.catalog.v1.CatalogService",
	"order":       "tenure.order.v1.OrderService",
	"lifecycle":   "tenure.lifecycle.v1.SubscriptionService",
	"license-key": "tenure.licensekey.v1.SoftwareService",
	"audit":       "tenure.audit.v1.AuditService",
}

// Calls is who calls whom: the graph that network policies and addresses of peers are compared with.
var Calls = map[string][]string{
	"catalog":     {"audit", "order"},
	"order":       {"audit", "catalog", "lifecycle"},
	"lifecycle":   {"audit", "catalog", "license-key", "order"},
	"license-key": {"audit", "catalog", "lifecycle"},
	"audit":       {},
}

// External are variables that a library reads by itself.
var External = []string{"POD_NAME", "OTEL_RESOURCE_ATTRIBUTES"}

// File is the configuration of one service.
type File struct {
	Service string
	// Keys from the root, with dots: `server.listen`.
	Values map[string]any
}

// Read reads deploy/<service>.toml.
func Read(service string) (File, error) {
	text, err := os.ReadFile(filepath.Join(Root, "deploy", service+".toml"))
	if err != nil {
		return File{}, err
	}
	var tree map[string]any
	if err := toml.Unmarshal(text, &tree); err != nil {
		return File{}, fmt.Errorf("deploy/%s.toml: %w", service, err)
	}
	file := File{Service: service, Values: map[string]any{}}
	flatten("", tree, file.Values)
	return file, nil
}

func flatten(prefix string, tree map[string]any, into map[string]any) {
	for key, value := range tree {
		if section, ok := value.(map[string]any); ok {
			flatten(prefix+key+".", section, into)
			continue
		}
		into[prefix+key] = value
	}
}

// Variable returns what the environment calls a key: `LICENSE_KEY__SERVER__LISTEN`.
func (file File) Variable(key string) string {
	return file.prefix() + strings.ToUpper(strings.ReplaceAll(key, ".", "__"))
}

// Port returns the port on which the service listens.
func (file File) Port() string {
	listen, _ := file.Values["server.listen"].(string)
	return listen[strings.LastIndex(listen, ":")+1:]
}

// Peers returns the services that this one has an address of, in the order of their names.
func (file File) Peers() []string {
	peers := []string{}
	for key := range file.Values {
		if name, ok := strings.CutPrefix(key, "peers."); ok {
			peers = append(peers, strings.ReplaceAll(name, "_", "-"))
		}
	}
	sort.Strings(peers)
	return peers
}

// Unknown returns why a variable is of no use to the service, or nothing.
func (file File) Unknown(name string) string {
	for _, external := range External {
		if name == external {
			return ""
		}
	}
	for key := range file.Values {
		if file.Variable(key) == name {
			return ""
		}
	}
	return fmt.Sprintf("%s is no key of deploy/%s.toml", name, file.Service)
}

func (file File) prefix() string {
	return strings.ToUpper(strings.ReplaceAll(file.Service, "-", "_")) + "__"
}
