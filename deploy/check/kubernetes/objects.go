// Package kubernetes renders the overlays of deploy/kubernetes and reads every object strictly into the types
// of one version of Kubernetes: a field that this version does not know is an error. Which version that is
// says go.mod, or the file that is given with -modfile.
package kubernetes

import (
	"errors"
	"fmt"
	"path/filepath"
	"sort"

	apps "k8s.io/api/apps/v1"
	autoscaling "k8s.io/api/autoscaling/v2"
	batch "k8s.io/api/batch/v1"
	core "k8s.io/api/core/v1"
	networking "k8s.io/api/networking/v1"
	policy "k8s.io/api/policy/v1"
	"sigs.k8s.io/json"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/api/types"
	"sigs.k8s.io/kustomize/kyaml/filesys"
	"sigs.k8s.io/yaml"

	"tenure.dev/deploy/check/settings"
)

// Overlays are those that are checked: all there are.
var Overlays = []string{"development", "production", "production-mtls"}

// Objects are those of one overlay, by name.
type Objects struct {
	Namespaces   map[string]*core.Namespace
	Deployments  map[string]*apps.Deployment
	StatefulSets map[string]*apps.StatefulSet
	Jobs         map[string]*batch.Job
	Services     map[string]*core.Service
	ConfigMaps   map[string]*core.ConfigMap
	Secrets      map[string]*core.Secret
	Policies     map[string]*networking.NetworkPolicy
	Budgets      map[string]*policy.PodDisruptionBudget
	Autoscalers  map[string]*autoscaling.HorizontalPodAutoscaler
	// Namespace of each object that has one, by kind and name.
	placed map[string]string
}

func empty() *Objects {
	return &Objects{
		Namespaces:   map[string]*core.Namespace{},
		Deployments:  map[string]*apps.Deployment{},
		StatefulSets: map[string]*apps.StatefulSet{},
		Jobs:         map[string]*batch.Job{},
		Services:     map[string]*core.Service{},
		ConfigMaps:   map[string]*core.ConfigMap{},
		Secrets:      map[string]*core.Secret{},
		Policies:     map[string]*networking.NetworkPolicy{},
		Budgets:      map[string]*policy.PodDisruptionBudget{},
		Autoscalers:  map[string]*autoscaling.HorizontalPodAutoscaler{},
		placed:       map[string]string{},
	}
}

// Render does what `kustomize build --load-restrictor LoadRestrictionsNone` does, and reads the outcome.
func Render(overlay string) (*Objects, error) {
	options := krusty.MakeDefaultOptions()
	options.LoadRestrictions = types.LoadRestrictionsNone
	folder := filepath.Join(settings.Root, "deploy", "kubernetes", "overlays", overlay)
	rendered, err := krusty.MakeKustomizer(options).Run(filesys.MakeFsOnDisk(), folder)
	if err != nil {
		return nil, err
	}
	objects := empty()
	for _, resource := range rendered.Resources() {
		text, err := resource.AsYAML()
		if err != nil {
			return nil, err
		}
		if err := objects.Add(text); err != nil {
			return nil, err
		}
	}
	return objects, nil
}

// Add reads one object; a kind that is not expected, a field that is not known and a key that comes twice are
// errors.
func (objects *Objects) Add(text []byte) error {
	var head struct {
		APIVersion string `json:"apiVersion"`
		Kind       string `json:"kind"`
		Metadata   struct {
			Name      string `json:"name"`
			Namespace string `json:"namespace"`
		} `json:"metadata"`
	}
	if err := yaml.Unmarshal(text, &head); err != nil {
		return err
	}
	name := head.Metadata.Name
	var err error
	switch head.APIVersion + " " + head.Kind {
	case "v1 Namespace":
		objects.Namespaces[name], err = strict[core.Namespace](text)
	case "apps/v1 Deployment":
		objects.Deployments[name], err = strict[apps.Deployment](text)
	case "apps/v1 StatefulSet":
		objects.StatefulSets[name], err = strict[apps.StatefulSet](text)
	case "batch/v1 Job":
		objects.Jobs[name], err = strict[batch.Job](text)
	case "v1 Service":
		objects.Services[name], err = strict[core.Service](text)
	case "v1 ConfigMap":
		objects.ConfigMaps[name], err = strict[core.ConfigMap](text)
	case "v1 Secret":
		objects.Secrets[name], err = strict[core.Secret](text)
	case "networking.k8s.io/v1 NetworkPolicy":
		objects.Policies[name], err = strict[networking.NetworkPolicy](text)
	case "policy/v1 PodDisruptionBudget":
		objects.Budgets[name], err = strict[policy.PodDisruptionBudget](text)
	case "autoscaling/v2 HorizontalPodAutoscaler":
		objects.Autoscalers[name], err = strict[autoscaling.HorizontalPodAutoscaler](text)
	default:
		err = fmt.Errorf("nobody checks this kind")
	}
	if err != nil {
		return fmt.Errorf("%s %s: %w", head.Kind, name, err)
	}
	if head.Kind != "Namespace" {
		objects.placed[head.Kind+" "+name] = head.Metadata.Namespace
	}
	return nil
}

// strict is as strict as the API server with field validation: it tells clusterIp from clusterIP.
func strict[T any](text []byte) (*T, error) {
	object := new(T)
	asJSON, err := yaml.YAMLToJSONStrict(text)
	if err != nil {
		return nil, err
	}
	mistakes, err := json.UnmarshalStrict(asJSON, object)
	return object, errors.Join(append(mistakes, err)...)
}

// Workload is what makes pods.
type Workload struct {
	Name string
	// Of its own pods; a Job has none, for Kubernetes makes it.
	Selector map[string]string
	Pod      core.PodTemplateSpec
}

// Workloads returns all that make pods, in the order of their names.
func (objects *Objects) Workloads() []Workload {
	all := objects.Lasting()
	for name, made := range objects.Jobs {
		all = append(all, Workload{name, nil, made.Spec.Template})
	}
	sort.Slice(all, func(i, j int) bool { return all[i].Name < all[j].Name })
	return all
}

// Lasting returns those whose pods are to be there at any time, in the order of their names.
func (objects *Objects) Lasting() []Workload {
	all := []Workload{}
	for name, made := range objects.Deployments {
		all = append(all, Workload{name, made.Spec.Selector.MatchLabels, made.Spec.Template})
	}
	for name, made := range objects.StatefulSets {
		all = append(all, Workload{name, made.Spec.Selector.MatchLabels, made.Spec.Template})
	}
	sort.Slice(all, func(i, j int) bool { return all[i].Name < all[j].Name })
	return all
}

// Matches says whether every label of the selector is there; an empty one matches nothing.
func Matches(selector, labels map[string]string) bool {
	for key, value := range selector {
		if labels[key] != value {
			return false
		}
	}
	return len(selector) > 0
}
