package kubernetes

import (
	"fmt"
	"reflect"
	"sort"
	"strings"
	"testing"

	networking "k8s.io/api/networking/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"

	"tenure.dev/deploy/check/settings"
)

const (
	entrance   = "namespace tenure.dev/entrance=true"
	monitoring = "namespace tenure.dev/monitoring=true"
)

// expected returns the edges that there should be: `to port <- from` for what comes in, `from -> to port` for
// what goes out.
func expected(t *testing.T, overlay string) []string {
	t.Helper()
	edges := []string{
		"all -> dns TCP 53", "all -> dns UDP 53",
		"collector 4317 <- tenure", "collector 8889 <- " + monitoring, "collector -> " + monitoring + " 4317",
		"license-key 7114 <- " + entrance, "migrate -> anywhere 5432",
	}
	port := map[string]string{}
	for _, name := range settings.Services {
		file, err := settings.Read(name)
		if err != nil {
			t.Fatal(err)
		}
		port[name] = file.Port()
	}
	for caller, called := range settings.Calls {
		edges = append(edges, fmt.Sprintf("%s %s <- %s", caller, port[caller], entrance))
		edges = append(edges, caller+" -> anywhere 5432", caller+" -> collector 4317")
		for _, name := range called {
			edges = append(edges, fmt.Sprintf("%s %s <- %s", name, port[name], caller))
			edges = append(edges, fmt.Sprintf("%s -> %s %s", caller, name, port[name]))
		}
	}
	if overlay == "development" {
		edges = append(edges, "postgresql 5432 <- tenure")
	}
	sort.Strings(edges)
	return edges
}

func TestThePoliciesAllowTheCallsThatExistAndNoOthers(t *testing.T) {
	for _, overlay := range Overlays {
		t.Run(overlay, func(t *testing.T) {
			objects, err := Render(overlay)
			if err != nil {
				t.Fatal(err)
			}
			want, got := expected(t, overlay), edges(t, objects)
			for _, edge := range difference(want, got) {
				t.Errorf("not allowed: %s", edge)
			}
			for _, edge := range difference(got, want) {
				t.Errorf("allowed, and no call: %s", edge)
			}
		})
	}
}

func TestNothingIsLetThroughByDefault(t *testing.T) {
	each(t, func(t *testing.T, objects *Objects) {
		policy := objects.Policies["nothing"]
		both := []networking.PolicyType{networking.PolicyTypeIngress, networking.PolicyTypeEgress}
		if policy == nil || !reflect.DeepEqual(policy.Spec.PodSelector, meta.LabelSelector{}) ||
			!reflect.DeepEqual(policy.Spec.PolicyTypes, both) || len(policy.Spec.Ingress)+len(policy.Spec.Egress) > 0 {
			t.Error("there is no policy that denies both ways for all pods")
		}
	})
}

func edges(t *testing.T, objects *Objects) []string {
	t.Helper()
	found := []string{}
	for _, policy := range objects.Policies {
		who := pods(t, &policy.Spec.PodSelector)
		for _, rule := range policy.Spec.Ingress {
			for _, from := range peers(t, rule.From) {
				for _, port := range ports(t, policy.Name, rule.Ports) {
					found = append(found, fmt.Sprintf("%s %s <- %s", who, strings.TrimPrefix(port, "TCP "), from))
				}
			}
		}
		for _, rule := range policy.Spec.Egress {
			for _, to := range peers(t, rule.To) {
				for _, port := range ports(t, policy.Name, rule.Ports) {
					if to != "dns" {
						port = strings.TrimPrefix(port, "TCP ")
					}
					found = append(found, fmt.Sprintf("%s -> %s %s", who, to, port))
				}
			}
		}
	}
	sort.Strings(found)
	return found
}

// pods names what a selector selects.
func pods(t *testing.T, selector *meta.LabelSelector) string {
	t.Helper()
	labels := selector.MatchLabels
	switch {
	case len(selector.MatchExpressions) > 0:
		t.Error("nobody checks expressions")
	case len(labels) == 0:
		return "all"
	case len(labels) == 1 && labels["app.kubernetes.io/name"] != "":
		return labels["app.kubernetes.io/name"]
	case len(labels) == 1 && labels["app.kubernetes.io/part-of"] == "tenure":
		return "tenure"
	case len(labels) == 1 && labels["k8s-app"] == "kube-dns":
		return "dns"
	}
	return fmt.Sprint(labels)
}

func peers(t *testing.T, listed []networking.NetworkPolicyPeer) []string {
	t.Helper()
	if len(listed) == 0 {
		return []string{"anywhere"}
	}
	names := []string{}
	for _, peer := range listed {
		switch {
		case peer.IPBlock != nil:
			names = append(names, peer.IPBlock.CIDR)
		case peer.NamespaceSelector != nil && peer.PodSelector != nil:
			names = append(names, pods(t, peer.PodSelector))
		case peer.NamespaceSelector != nil:
			for key, value := range peer.NamespaceSelector.MatchLabels {
				names = append(names, "namespace "+key+"="+value)
			}
		default:
			names = append(names, pods(t, peer.PodSelector))
		}
	}
	return names
}

func ports(t *testing.T, policy string, listed []networking.NetworkPolicyPort) []string {
	t.Helper()
	if len(listed) == 0 {
		t.Errorf("%s allows all ports", policy)
	}
	names := []string{}
	for _, port := range listed {
		names = append(names, string(*port.Protocol)+" "+port.Port.String())
	}
	return names
}

func difference(all, without []string) []string {
	rest := []string{}
	for _, one := range all {
		if !contains(without, one) {
			rest = append(rest, one)
		}
	}
	return rest
}
