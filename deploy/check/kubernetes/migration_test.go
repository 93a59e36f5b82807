package kubernetes

import (
	"reflect"
	"sort"
	"strings"
	"testing"

	core "k8s.io/api/core/v1"

	"tenure.dev/deploy/check/settings"
)

// urls returns the Secret from which each variable of a container comes that says where a database is.
func urls(container core.Container) map[string]string {
	found := map[string]string{}
	for _, variable := range container.Env {
		if from := variable.ValueFrom; from != nil && from.SecretKeyRef != nil && from.SecretKeyRef.Key == "db-url" {
			found[variable.Name] = from.SecretKeyRef.Name
		}
	}
	return found
}

func TestOneJobOfTheReleaseMigratesAllServices(t *testing.T) {
	each(t, func(t *testing.T, objects *Objects) {
		if len(objects.Jobs) != 1 {
			t.Fatalf("there are %d Jobs", len(objects.Jobs))
		}
		for name, job := range objects.Jobs {
			pod := job.Spec.Template.Spec
			container := pod.Containers[0]
			_, tag, _ := strings.Cut(container.Image[strings.LastIndex(container.Image, "/")+1:], ":")
			if name != "migrate-"+tag {
				t.Errorf("the Job of %s is called %s: the next release would not be migrated", container.Image, name)
			}
			if len(container.Args) == 0 || container.Args[0] != "migrate" || contains(container.Args, "--check") {
				t.Errorf("%s runs %v", name, container.Args)
			}
			// Whatever a Job refers to cannot change under its name: a changed configuration would be refused.
			if len(pod.Volumes) > 0 {
				t.Errorf("%s depends on more than the release", name)
			}
			if pod.RestartPolicy != core.RestartPolicyNever {
				t.Errorf("%s leaves no log of an attempt", name)
			}
			want := map[string]string{}
			for _, service := range settings.Services {
				file, err := settings.Read(service)
				if err != nil {
					t.Fatal(err)
				}
				want[file.Variable("db_url")] = service
			}
			if got := urls(container); !reflect.DeepEqual(got, want) {
				t.Errorf("%s migrates %v", name, got)
			}
		}
	})
}

// A pod of a new release waits for the Job, whatever order the objects came in, and does not migrate by itself.
func TestServicesWaitForTheJob(t *testing.T) {
	each(t, func(t *testing.T, objects *Objects) {
		for _, name := range settings.Services {
			file, err := settings.Read(name)
			if err != nil {
				t.Fatal(err)
			}
			pod := objects.Deployments[name].Spec.Template.Spec
			if got := value(pod.Containers[0], file.Variable("db_migrate")); got != "false" {
				t.Errorf("%s migrates by itself", name)
			}
			if len(pod.InitContainers) != 1 {
				t.Fatalf("%s waits for %d containers", name, len(pod.InitContainers))
			}
			waiting := pod.InitContainers[0]
			args := []string{"migrate", "--check", "--wait", "10m", name}
			if !reflect.DeepEqual(waiting.Args, args) || waiting.Image != pod.Containers[0].Image {
				t.Errorf("%s waits by %v of %s", name, waiting.Args, waiting.Image)
			}
			if got := urls(waiting); !reflect.DeepEqual(got, map[string]string{file.Variable("db_url"): name}) {
				t.Errorf("%s waits for the schemas of %v", name, got)
			}
		}
	})
}

func TestJobsSelectNobody(t *testing.T) {
	each(t, func(t *testing.T, objects *Objects) {
		names := []string{}
		for name := range objects.Services {
			names = append(names, name)
		}
		sort.Strings(names)
		for _, name := range names {
			for _, job := range objects.Jobs {
				if Matches(objects.Services[name].Spec.Selector, job.Spec.Template.Labels) {
					t.Errorf("the Service %s leads to the Job %s", name, job.Name)
				}
			}
		}
	})
}
