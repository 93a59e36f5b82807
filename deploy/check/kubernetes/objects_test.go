package kubernetes

import (
	"strings"
	"testing"
)

// each runs a check on every overlay.
func each(t *testing.T, check func(t *testing.T, objects *Objects)) {
	t.Helper()
	for _, overlay := range Overlays {
		t.Run(overlay, func(t *testing.T) {
			objects, err := Render(overlay)
			if err != nil {
				t.Fatal(err)
			}
			check(t, objects)
		})
	}
}

func TestEveryObjectIsInTheNamespace(t *testing.T) {
	each(t, func(t *testing.T, objects *Objects) {
		for object, namespace := range objects.placed {
			if namespace != "tenure" {
				t.Errorf("%s is in the namespace %q", object, namespace)
			}
		}
		namespace := objects.Namespaces["tenure"]
		if namespace == nil || len(objects.Namespaces) != 1 {
			t.Fatal("there is not one namespace, tenure")
		}
		for _, mode := range []string{"enforce", "audit", "warn"} {
			if namespace.Labels["pod-security.kubernetes.io/"+mode] != "restricted" {
				t.Errorf("the namespace does not %s the restricted policy", mode)
			}
		}
	})
}

func TestSecretsAreOnlyReferredTo(t *testing.T) {
	each(t, func(t *testing.T, objects *Objects) {
		for name := range objects.Secrets {
			t.Errorf("the Secret %s is written down", name)
		}
	})
}

func TestWhatTheSchemaDoesNotKnowIsFound(t *testing.T) {
	for text, named := range map[string]string{
		"apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec: {clusterIp: None}":                           "clusterIp",
		"apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec: {ports: [{port: x}]}":                        "port",
		"apiVersion: v1\nkind: Service\nmetadata: {name: a, name: b}":                                           "name",
		"apiVersion: apps/v1beta1\nkind: Deployment\nmetadata: {name: a}":                                       "Deployment",
		"apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec: {template: {spec: {container: []}}}": "container",
	} {
		err := empty().Add([]byte(text))
		if err == nil || !strings.Contains(err.Error(), named) {
			t.Errorf("%s\n%v", text, err)
		}
	}
}
