package containers

import (
	"context"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/compose-spec/compose-go/v2/loader"
	"github.com/compose-spec/compose-go/v2/types"
	"sigs.k8s.io/yaml"

	"tenure.dev/deploy/check/settings"
)

func project(t *testing.T) *types.Project {
	t.Helper()
	root, err := filepath.Abs(settings.Root)
	if err != nil {
		t.Fatal(err)
	}
	details := types.ConfigDetails{
		WorkingDir:  root,
		ConfigFiles: []types.ConfigFile{{Filename: filepath.Join(root, "docker-compose.yml")}},
		Environment: types.Mapping{"POSTGRES_PASSWORD": "hush", "TENURE_PASSWORD": "hush", "TENURE_USER": "1000:1000"},
	}
	loaded, err := loader.LoadWithContext(context.Background(), details)
	if err != nil {
		t.Fatal(err)
	}
	return loaded
}

func TestComposeStartsEachServiceWithKeysThatItKnows(t *testing.T) {
	services := project(t).Services
	for _, name := range settings.Services {
		file, err := settings.Read(name)
		if err != nil {
			t.Fatal(err)
		}
		service, ok := services[name]
		if !ok {
			t.Fatalf("%s is not there", name)
		}
		if got := strings.Join(service.Command, " "); got != "serve "+name+" --config /etc/tenure/config/"+name+".toml" {
			t.Errorf("%s is started with %s", name, got)
		}
		values := map[string]string{}
		for variable, value := range service.Environment {
			if why := file.Unknown(variable); why != "" {
				t.Error(why)
			}
			values[variable] = *value
		}
		if got := values[file.Variable("server.listen")]; got != "0.0.0.0:"+file.Port() {
			t.Errorf("%s listens on %q", name, got)
		}
		for _, peer := range settings.Calls[name] {
			other, err := settings.Read(peer)
			if err != nil {
				t.Fatal(err)
			}
			variable := file.Variable("peers." + strings.ReplaceAll(peer, "-", "_"))
			if values[variable] != "http://"+peer+":"+other.Port() {
				t.Errorf("%s looks for %s at %q", name, peer, values[variable])
			}
		}
		if !service.ReadOnly || len(service.CapDrop) != 1 || service.User == "" || service.User == "root" {
			t.Errorf("%s may do more than it needs", name)
		}
		if service.StopGracePeriod == nil {
			t.Errorf("%s is killed after 10 s", name)
		}
	}
}

// PostgreSQL's superuser climbs the walls between partners' rows, and two services in one database could read
// each other's: each has a plain role and a database of its own, which are made when PostgreSQL first starts.
func TestEachServiceOfComposeHasARoleAndADatabaseOfItsOwn(t *testing.T) {
	services := project(t).Services
	made := services["postgresql"].Environment
	if made["POSTGRES_USER"] != nil {
		t.Error("the superuser is not postgres")
	}
	roles := map[string]bool{}
	for _, role := range strings.Fields(*made["TENURE_ROLES"]) {
		roles[role] = true
	}
	for _, name := range settings.Services {
		file, err := settings.Read(name)
		if err != nil {
			t.Fatal(err)
		}
		url := *services[name].Environment[file.Variable("db_url")]
		var role, database string
		if parsed := regexp.MustCompile(`^postgres://(\w+):\w+@postgresql:5432/(\w+)$`).FindStringSubmatch(url); parsed != nil {
			role, database = parsed[1], parsed[2]
		}
		if role != database || !roles[role] {
			t.Errorf("%s is %q in the database %q", name, role, database)
		}
		delete(roles, role)
		if migrated := services["migrate"].Environment[file.Variable("db_url")]; migrated == nil || *migrated != url {
			t.Errorf("the database of %s is not migrated", name)
		}
		if own := services[name].Environment[file.Variable("db_migrate")]; own == nil || *own != "false" {
			t.Errorf("%s migrates by itself", name)
		}
		if services[name].DependsOn["migrate"].Condition != types.ServiceConditionCompletedSuccessfully {
			t.Errorf("%s does not wait until its schema is there", name)
		}
	}
	for role := range roles {
		t.Errorf("nobody is %s", role)
	}
	mounted := ""
	for _, volume := range services["postgresql"].Volumes {
		if strings.HasPrefix(volume.Target, "/docker-entrypoint-initdb.d/") {
			mounted = volume.Source
		}
	}
	text, err := os.ReadFile(mounted)
	if err != nil {
		t.Fatal(err)
	}
	for _, right := range []string{"NOSUPERUSER", "NOBYPASSRLS", "OWNER"} {
		if !strings.Contains(string(text), right) {
			t.Errorf("the roles are not %s", right)
		}
	}
}

func TestWhatComposeMountsIsThere(t *testing.T) {
	loaded := project(t)
	secrets := filepath.Join(loaded.WorkingDir, "secrets")
	for name, service := range loaded.Services {
		for _, volume := range service.Volumes {
			switch {
			case volume.Type == types.VolumeTypeVolume:
				if _, ok := loaded.Volumes[volume.Source]; !ok {
					t.Errorf("%s mounts the volume %s, which is not declared", name, volume.Source)
				}
			// README.md says how it is made.
			case volume.Source == secrets:
			default:
				if _, err := os.Stat(volume.Source); err != nil {
					t.Errorf("%s: %v", name, err)
				}
				if !volume.ReadOnly {
					t.Errorf("%s may write to %s", name, volume.Source)
				}
			}
		}
	}
}

func TestComposeOpensNothingToOthers(t *testing.T) {
	for name, service := range project(t).Services {
		for _, port := range service.Ports {
			if port.HostIP != "127.0.0.1" {
				t.Errorf("%s is open to others at %s", name, port.Published)
			}
		}
		if service.Build == nil && !strings.Contains(service.Image, ":") {
			t.Errorf("%s has no version: %s", name, service.Image)
		}
	}
}

func TestHostsOfComposeAreServices(t *testing.T) {
	services := project(t).Services
	for _, name := range []string{"collector.yaml", "prometheus.yaml", "grafana/datasources.yaml", "grafana/dashboards.yaml"} {
		text, err := os.ReadFile(filepath.Join(settings.Root, "deploy", "monitoring", name))
		if err != nil {
			t.Fatal(err)
		}
		var tree any
		if err := yaml.UnmarshalStrict(text, &tree); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		hosts(tree, func(host string) {
			if _, ok := services[host]; !ok {
				t.Errorf("%s names the host %s, which is no service", name, host)
			}
		})
	}
	for name, service := range services {
		for variable, value := range service.Environment {
			host, _, isURL := cutHost(*value)
			if _, ok := services[host]; isURL && !ok && host != "127.0.0.1" {
				t.Errorf("%s of %s names the host %s, which is no service", variable, name, host)
			}
		}
	}
}

// hosts calls back for each `http://HOST:PORT` and each `HOST:PORT` under `targets`.
func hosts(tree any, found func(string)) {
	switch tree := tree.(type) {
	case map[string]any:
		for key, value := range tree {
			if targets, ok := value.([]any); ok && key == "targets" {
				for _, target := range targets {
					host, _, _ := strings.Cut(target.(string), ":")
					found(host)
				}
				continue
			}
			hosts(value, found)
		}
	case []any:
		for _, value := range tree {
			hosts(value, found)
		}
	case string:
		if host, _, ok := cutHost(tree); ok {
			found(host)
		}
	}
}

func cutHost(text string) (host, port string, ok bool) {
	_, rest, ok := strings.Cut(text, "://")
	if !ok {
		return "", "", false
	}
	rest = rest[strings.LastIndex(rest, "@")+1:]
	host, port, _ = strings.Cut(strings.SplitN(rest, "/", 2)[0], ":")
	return host, port, true
}

// The collector refuses to start on a name that nothing defines.
func TestPipelinesOfTheCollectorUseWhatIsDefined(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(settings.Root, "deploy", "monitoring", "collector.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var config struct {
		Receivers  map[string]any `json:"receivers"`
		Processors map[string]any `json:"processors"`
		Exporters  map[string]any `json:"exporters"`
		Extensions map[string]any `json:"extensions"`
		Service    struct {
			Extensions []string `json:"extensions"`
			Pipelines  map[string]struct {
				Receivers  []string `json:"receivers"`
				Processors []string `json:"processors"`
				Exporters  []string `json:"exporters"`
			} `json:"pipelines"`
		} `json:"service"`
	}
	if err := yaml.UnmarshalStrict(text, &config); err != nil {
		t.Fatal(err)
	}
	check := func(used []string, defined map[string]any) {
		for _, name := range used {
			if _, ok := defined[name]; !ok {
				t.Errorf("%s is used and not defined", name)
			}
		}
	}
	check(config.Service.Extensions, config.Extensions)
	for _, pipeline := range config.Service.Pipelines {
		check(pipeline.Receivers, config.Receivers)
		check(pipeline.Processors, config.Processors)
		check(pipeline.Exporters, config.Exporters)
	}
}
