package kubernetes

import (
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/BurntSushi/toml"
	core "k8s.io/api/core/v1"

	"tenure.dev/deploy/check/settings"
)

var folder = filepath.Join(settings.Root, "deploy", "kubernetes")

// provided returns what deploy/kubernetes/secrets makes: the keys of each Secret and ConfigMap.
func provided(t *testing.T) map[string][]string {
	t.Helper()
	printed, err := exec.Command(filepath.Join(folder, "secrets"), "postgres://tenure:hush@postgresql:5432/tenure").Output()
	if err != nil {
		t.Fatal(err)
	}
	made := empty()
	for _, text := range regexp.MustCompile("(?m)^---$").Split(string(printed), -1) {
		if strings.TrimSpace(text) == "" {
			continue
		}
		if err := made.Add([]byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	keys := map[string][]string{}
	for name, secret := range made.Secrets {
		for key := range secret.StringData {
			keys["Secret "+name] = append(keys["Secret "+name], key)
		}
	}
	for name, config := range made.ConfigMaps {
		for key := range config.Data {
			keys["ConfigMap "+name] = append(keys["ConfigMap "+name], key)
		}
	}
	return keys
}

func TestEveryReferenceLeadsSomewhere(t *testing.T) {
	made := provided(t)
	readme, err := os.ReadFile(filepath.Join(folder, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	each(t, func(t *testing.T, objects *Objects) {
		there := map[string][]string{}
		for object, keys := range made {
			there[object] = keys
		}
		for name, config := range objects.ConfigMaps {
			for key := range config.Data {
				there["ConfigMap "+name] = append(there["ConfigMap "+name], key)
			}
		}
		has := func(workload, object, key string) {
			keys, ok := there[object]
			if !ok {
				t.Errorf("%s refers to the %s, which nobody makes", workload, object)
			}
			if key != "" && !contains(keys, key) {
				t.Errorf("%s refers to %s of the %s, which is not there", workload, key, object)
			}
			_, name, _ := strings.Cut(object, " ")
			if _, ours := objects.ConfigMaps[name]; !ours && (!strings.Contains(string(readme), "`"+name+"`") || !strings.Contains(string(readme), "`"+key+"`")) {
				t.Errorf("README.md does not tell of %s of the %s", key, object)
			}
		}
		for _, workload := range objects.Workloads() {
			for _, container := range containers(workload.Pod.Spec) {
				for _, variable := range container.Env {
					if from := variable.ValueFrom; from != nil && from.SecretKeyRef != nil {
						has(workload.Name, "Secret "+from.SecretKeyRef.Name, from.SecretKeyRef.Key)
					} else if from != nil && from.ConfigMapKeyRef != nil {
						has(workload.Name, "ConfigMap "+from.ConfigMapKeyRef.Name, from.ConfigMapKeyRef.Key)
					}
				}
			}
			for _, volume := range workload.Pod.Spec.Volumes {
				if volume.Secret != nil {
					for _, item := range volume.Secret.Items {
						has(workload.Name, "Secret "+volume.Secret.SecretName, item.Key)
					}
					if len(volume.Secret.Items) == 0 {
						t.Errorf("%s mounts all of the Secret %s", workload.Name, volume.Secret.SecretName)
					}
				} else if volume.ConfigMap != nil && there["ConfigMap "+volume.ConfigMap.Name] == nil {
					t.Errorf("%s mounts the ConfigMap %s, which nobody makes", workload.Name, volume.ConfigMap.Name)
				}
			}
		}
	})
}

func TestEveryPathIsMounted(t *testing.T) {
	made := provided(t)
	each(t, func(t *testing.T, objects *Objects) {
		for _, name := range settings.Services {
			pod := objects.Deployments[name].Spec.Template.Spec
			files := mounted(pod, objects, made)
			container := pod.Containers[0]
			paths := append([]string{}, container.Args...)
			for _, variable := range container.Env {
				paths = append(paths, regexp.MustCompile(`/etc/tenure/[^"\s]+`).FindAllString(variable.Value, -1)...)
			}
			for _, path := range paths {
				if strings.HasPrefix(path, "/") && !contains(files, path) {
					t.Errorf("%s reads %s, which is not mounted", name, path)
				}
			}
		}
	})
}

// mounted returns the files that a pod finds under its mounts.
func mounted(pod core.PodSpec, objects *Objects, made map[string][]string) []string {
	files := []string{}
	for _, mount := range pod.Containers[0].VolumeMounts {
		for _, volume := range pod.Volumes {
			if volume.Name != mount.Name {
				continue
			}
			names := []string{}
			if volume.Secret != nil {
				for _, item := range volume.Secret.Items {
					names = append(names, item.Path)
				}
			} else if volume.ConfigMap != nil {
				names = append(names, made["ConfigMap "+volume.ConfigMap.Name]...)
				if config := objects.ConfigMaps[volume.ConfigMap.Name]; config != nil {
					for key := range config.Data {
						names = append(names, key)
					}
				}
			}
			for _, name := range names {
				files = append(files, mount.MountPath+"/"+name)
			}
		}
	}
	return files
}

func TestEveryKeyOfConfigurationIsKnown(t *testing.T) {
	each(t, func(t *testing.T, objects *Objects) {
		for _, name := range settings.Services {
			file, err := settings.Read(name)
			if err != nil {
				t.Fatal(err)
			}
			pod := objects.Deployments[name].Spec.Template.Spec
			before := map[string]bool{}
			for _, variable := range pod.Containers[0].Env {
				if why := file.Unknown(variable.Name); why != "" {
					t.Error(why)
				}
				if before[variable.Name] {
					t.Errorf("%s: %s is set twice", name, variable.Name)
				}
				for _, used := range regexp.MustCompile(`\$\(([A-Z_]+)\)`).FindAllStringSubmatch(variable.Value, -1) {
					if !before[used[1]] {
						t.Errorf("%s: %s needs %s, which is not set before it", name, variable.Name, used[1])
					}
				}
				before[variable.Name] = true
			}
			for _, key := range []string{"db_url", "server.seal_secret"} {
				if !before[file.Variable(key)] {
					t.Errorf("%s: %s is not set, and several pods need the same", name, key)
				}
			}
			var text string
			for _, volume := range pod.Volumes {
				if volume.Name == "config" {
					text = objects.ConfigMaps[volume.ConfigMap.Name].Data[name+".toml"]
				}
			}
			var mountedTree, tree map[string]any
			own, err := os.ReadFile(filepath.Join(settings.Root, "deploy", name+".toml"))
			if err != nil {
				t.Fatal(err)
			}
			if toml.Unmarshal([]byte(text), &mountedTree) != nil || toml.Unmarshal(own, &tree) != nil || !reflect.DeepEqual(tree, mountedTree) {
				t.Errorf("the ConfigMap of %s is not deploy/%s.toml", name, name)
			}
		}
	})
}

func contains(all []string, one string) bool {
	for _, candidate := range all {
		if candidate == one {
			return true
		}
	}
	return false
}
