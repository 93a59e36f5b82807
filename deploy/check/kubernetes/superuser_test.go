package kubernetes

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"tenure.dev/deploy/check/settings"
)

// Row-level security does not bind a superuser: what the services connect as is made to be none.
func TestServicesAreNoSuperuserOfTheDevelopmentsDatabase(t *testing.T) {
	objects, err := Render("development")
	if err != nil {
		t.Fatal(err)
	}
	postgresql := objects.StatefulSets["postgresql"].Spec.Template.Spec
	container := postgresql.Containers[0]
	roles := strings.Fields(value(container, "TENURE_ROLES"))
	if len(roles) == 0 || value(container, "POSTGRES_USER") != "" {
		t.Fatalf("the superuser is %q, and plain are %v", value(container, "POSTGRES_USER"), roles)
	}
	printed, err := exec.Command(filepath.Join(folder, "secrets"), "postgres://tenure:hush@postgresql:5432/tenure").Output()
	if err != nil {
		t.Fatal(err)
	}
	used := strings.Count(string(printed), `db-url: "postgres://`+roles[0]+`:`)
	if used != len(settings.Services) {
		t.Errorf("%d of %d services are %s", used, len(settings.Services), roles[0])
	}
	for _, volume := range postgresql.Volumes {
		if volume.ConfigMap != nil {
			text := objects.ConfigMaps[volume.ConfigMap.Name].Data["plain-roles.sh"]
			if !strings.Contains(text, "NOSUPERUSER NOBYPASSRLS") || volume.ConfigMap.DefaultMode == nil || *volume.ConfigMap.DefaultMode&0o111 == 0 {
				t.Error("the roles are not made, or not plain")
			}
			return
		}
	}
	t.Error("nobody makes the roles")
}
