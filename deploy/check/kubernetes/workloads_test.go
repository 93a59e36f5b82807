package kubernetes

import (
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"

	core "k8s.io/api/core/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"sigs.k8s.io/yaml"

	"tenure.dev/deploy/check/settings"
)

func TestEachServiceIsThere(t *testing.T) {
	each(t, func(t *testing.T, objects *Objects) {
		for _, name := range settings.Services {
			deployment, service := objects.Deployments[name], objects.Services[name]
			budget := objects.Budgets[name]
			if deployment == nil || service == nil || budget == nil {
				t.Fatalf("%s has no Deployment, no Service, or no PodDisruptionBudget", name)
			}
			if service.Spec.ClusterIP != core.ClusterIPNone {
				t.Errorf("the Service %s is not headless", name)
			}
			labels := deployment.Spec.Template.Labels
			if !Matches(budget.Spec.Selector.MatchLabels, labels) || budget.Spec.MaxUnavailable == nil {
				t.Errorf("the PodDisruptionBudget %s is of no pod, or has no maxUnavailable", name)
			}
			container := deployment.Spec.Template.Spec.Containers[0]
			args := []string{"serve", name, "--config", "/etc/tenure/config/" + name + ".toml"}
			if !reflect.DeepEqual(container.Args, args) {
				t.Errorf("%s is started with %v", name, container.Args)
			}
		}
	})
}

// Kubernetes refuses a workload that does not select its own pods; two that select the same fight.
func TestSelectorsSelectTheirOwnPods(t *testing.T) {
	each(t, func(t *testing.T, objects *Objects) {
		workloads := objects.Workloads()
		for _, one := range workloads {
			for _, other := range workloads {
				isOwn := one.Name == other.Name && one.Selector != nil
				if Matches(one.Selector, other.Pod.Labels) != isOwn {
					t.Errorf("%s and the pods of %s", one.Name, other.Name)
				}
			}
		}
		for _, name := range settings.Services {
			if objects.Deployments[name].Spec.Template.Labels["app.kubernetes.io/part-of"] != "tenure" {
				t.Errorf("%s does not say that it is part of tenure", name)
			}
		}
	})
}

func TestServicesLeadToPortsThatAreThere(t *testing.T) {
	each(t, func(t *testing.T, objects *Objects) {
		for name, service := range objects.Services {
			found := 0
			for _, workload := range objects.Workloads() {
				if !Matches(service.Spec.Selector, workload.Pod.Labels) {
					continue
				}
				found++
				for _, port := range service.Spec.Ports {
					target, ok := containerPort(workload.Pod.Spec, port.TargetPort)
					if !ok {
						t.Errorf("%s leads to %s, which %s does not have", name, port.TargetPort.String(), workload.Name)
					}
					if service.Spec.ClusterIP == core.ClusterIPNone && port.Port != target {
						t.Errorf("%s is headless, and %d is not the pod's own port %d", name, port.Port, target)
					}
				}
			}
			if found != 1 {
				t.Errorf("the Service %s selects the pods of %d workloads", name, found)
			}
		}
	})
}

func TestServicesListenWhereTheyAreAskedFor(t *testing.T) {
	each(t, func(t *testing.T, objects *Objects) {
		for _, name := range settings.Services {
			file, err := settings.Read(name)
			if err != nil {
				t.Fatal(err)
			}
			container := objects.Deployments[name].Spec.Template.Spec.Containers[0]
			listens := map[string]string{"grpc": "server.listen", "downloads": "downloads.listen", "health": "server.tls.health_listen"}
			for _, port := range container.Ports {
				variable := file.Variable(listens[port.Name])
				want := "0.0.0.0:" + strconv.Itoa(int(port.ContainerPort))
				if got := value(container, variable); got != want {
					t.Errorf("%s is %q, not %q", variable, got, want)
				}
			}
		}
	})
}

func TestProbesAskForAServiceThatHealthKnows(t *testing.T) {
	each(t, func(t *testing.T, objects *Objects) {
		for _, name := range settings.Services {
			container := objects.Deployments[name].Spec.Template.Spec.Containers[0]
			// A probe has no certificate: where one is asked for, health has a port of its own.
			pod := objects.Deployments[name].Spec.Template.Spec
			port, ok := containerPort(pod, intstr.FromString("health"))
			if !ok {
				port, _ = containerPort(pod, intstr.FromString("grpc"))
			}
			for kind, probe := range map[string]*core.Probe{
				"startup": container.StartupProbe, "readiness": container.ReadinessProbe,
			} {
				if probe == nil || probe.GRPC == nil || probe.GRPC.Service == nil {
					t.Fatalf("%s: no %s probe by gRPC and name", name, kind)
				}
				if probe.GRPC.Port != port || *probe.GRPC.Service != settings.Health[name] {
					t.Errorf("%s: the %s probe asks %d for %s", name, kind, probe.GRPC.Port, *probe.GRPC.Service)
				}
			}
			alive := container.LivenessProbe
			if alive == nil || alive.GRPC == nil || alive.GRPC.Service == nil ||
				alive.GRPC.Port != port || *alive.GRPC.Service != "liveness" || alive.TCPSocket != nil {
				t.Errorf("%s: liveness is not asked for by the name that follows no database", name)
			}
		}
		for _, workload := range objects.Lasting() {
			for _, container := range workload.Pod.Spec.Containers {
				if container.StartupProbe == nil || container.ReadinessProbe == nil || container.LivenessProbe == nil {
					t.Errorf("%s lacks a probe", workload.Name)
				}
			}
		}
	})
}

func TestPodsKeepTheRestrictedPolicy(t *testing.T) {
	each(t, func(t *testing.T, objects *Objects) {
		for _, workload := range objects.Workloads() {
			pod := workload.Pod.Spec
			isFalse := func(flag *bool) bool { return flag != nil && !*flag }
			isTrue := func(flag *bool) bool { return flag != nil && *flag }
			context := pod.SecurityContext
			if !isFalse(pod.AutomountServiceAccountToken) || pod.HostNetwork || pod.HostPID || pod.HostIPC {
				t.Errorf("%s has a token of a service account, or sees its host", workload.Name)
			}
			if context == nil || !isTrue(context.RunAsNonRoot) || context.RunAsUser == nil || *context.RunAsUser == 0 {
				t.Fatalf("%s may run as root", workload.Name)
			}
			if context.SeccompProfile == nil || context.SeccompProfile.Type != core.SeccompProfileTypeRuntimeDefault {
				t.Errorf("%s has no seccomp profile", workload.Name)
			}
			for _, container := range containers(pod) {
				own := container.SecurityContext
				if own == nil || !isFalse(own.AllowPrivilegeEscalation) || !isTrue(own.ReadOnlyRootFilesystem) {
					t.Fatalf("%s/%s may gain privileges, or write to its root", workload.Name, container.Name)
				}
				if own.Capabilities == nil || !reflect.DeepEqual(own.Capabilities.Drop, []core.Capability{"ALL"}) || len(own.Capabilities.Add) > 0 {
					t.Errorf("%s/%s has capabilities", workload.Name, container.Name)
				}
				if own.Privileged != nil || own.RunAsUser != nil || own.RunAsNonRoot != nil || own.SeccompProfile != nil {
					t.Errorf("%s/%s overrides its pod", workload.Name, container.Name)
				}
				if container.Resources.Requests.Cpu().IsZero() || container.Resources.Requests.Memory().IsZero() || container.Resources.Limits.Memory().IsZero() {
					t.Errorf("%s/%s has no resources", workload.Name, container.Name)
				}
			}
			for _, volume := range pod.Volumes {
				if volume.HostPath != nil {
					t.Errorf("%s mounts its host", workload.Name)
				}
			}
		}
	})
}

func TestImagesHaveAVersion(t *testing.T) {
	each(t, func(t *testing.T, objects *Objects) {
		for _, workload := range objects.Workloads() {
			for _, container := range containers(workload.Pod.Spec) {
				if !hasVersion(container.Image) {
					t.Errorf("%s runs %q", workload.Name, container.Image)
				}
			}
		}
	})
}

func TestPodsSpread(t *testing.T) {
	each(t, func(t *testing.T, objects *Objects) {
		for _, name := range settings.Services {
			pod := objects.Deployments[name].Spec.Template
			keys := map[string]bool{}
			for _, spread := range pod.Spec.TopologySpreadConstraints {
				keys[spread.TopologyKey] = true
				byName := false
				for _, label := range spread.MatchLabelKeys {
					byName = byName || label == "app.kubernetes.io/name"
				}
				if !byName || !Matches(spread.LabelSelector.MatchLabels, pod.Labels) {
					t.Errorf("%s does not count its own pods", name)
				}
			}
			if !keys["kubernetes.io/hostname"] || !keys["topology.kubernetes.io/zone"] {
				t.Errorf("%s does not spread over nodes and zones", name)
			}
		}
	})
}

// 20 s is DRAIN_TIMEOUT of shared/boot, 4 s twice its FLUSH_TIMEOUT.
func TestPodsHaveTimeToStop(t *testing.T) {
	each(t, func(t *testing.T, objects *Objects) {
		for _, name := range settings.Services {
			pod := objects.Deployments[name].Spec.Template.Spec
			before := pod.Containers[0].Lifecycle.PreStop.Sleep.Seconds
			if *pod.TerminationGracePeriodSeconds < before+20+4 {
				t.Errorf("%s is killed after %d s", name, *pod.TerminationGracePeriodSeconds)
			}
		}
	})
}

func TestAutoscalersArgueWithNobody(t *testing.T) {
	each(t, func(t *testing.T, objects *Objects) {
		if len(objects.Autoscalers) != 0 && len(objects.Autoscalers) != len(settings.Services) {
			t.Errorf("%d of %d services are scaled", len(objects.Autoscalers), len(settings.Services))
		}
		for name, scaler := range objects.Autoscalers {
			target := objects.Deployments[scaler.Spec.ScaleTargetRef.Name]
			if target == nil || target.Spec.Replicas != nil {
				t.Errorf("%s scales nothing, or what sets its replicas itself", name)
			}
			if scaler.Spec.MinReplicas == nil || *scaler.Spec.MinReplicas < 2 {
				t.Errorf("%s may leave one pod", name)
			}
		}
	})
}

// CPU does not tell that timers are late: what lifecycle is scaled by, an adapter has to answer.
func TestLifecycleIsScaledByTheLagOfItsTimers(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(folder, "components", "autoscaling", "prometheus-adapter.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var values struct {
		Rules struct {
			External []struct {
				SeriesQuery  string         `json:"seriesQuery"`
				Resources    map[string]any `json:"resources"`
				Name         struct{ As string }
				MetricsQuery string `json:"metricsQuery"`
			} `json:"external"`
		} `json:"rules"`
	}
	if err := yaml.UnmarshalStrict(text, &values); err != nil {
		t.Fatal(err)
	}
	told := map[string]bool{}
	for _, rule := range values.Rules.External {
		told[rule.Name.As] = strings.HasPrefix(rule.SeriesQuery, "tenure_timers_backlog{") && rule.MetricsQuery != ""
	}
	each(t, func(t *testing.T, objects *Objects) {
		for name, scaler := range objects.Autoscalers {
			byCPU, byLag := false, false
			for _, metric := range scaler.Spec.Metrics {
				byCPU = byCPU || metric.Resource != nil && metric.Resource.Name == core.ResourceCPU
				byLag = byLag || metric.External != nil && told[metric.External.Metric.Name]
			}
			if !byCPU || byLag != (name == "lifecycle") || len(scaler.Spec.Metrics) > 2 {
				t.Errorf("%s is scaled by %v", name, scaler.Spec.Metrics)
			}
		}
	})
}

func TestPeersAreFoundByTheirServices(t *testing.T) {
	each(t, func(t *testing.T, objects *Objects) {
		for _, name := range settings.Services {
			file, err := settings.Read(name)
			if err != nil {
				t.Fatal(err)
			}
			container := objects.Deployments[name].Spec.Template.Spec.Containers[0]
			for key := range file.Values {
				peer, ok := cutPeer(key)
				if !ok {
					continue
				}
				port, scheme := strconv.Itoa(int(objects.Services[peer].Spec.Ports[0].Port)), "http"
				if value(container, file.Variable("server.tls.certificate")) != "" {
					scheme = "https"
				}
				if got := value(container, file.Variable(key)); got != scheme+"://"+peer+":"+port {
					t.Errorf("%s looks for %s at %q", name, peer, got)
				}
			}
		}
	})
}

// All services show certificates, or none does; and what the Services say is spoken is spoken.
func TestCertificatesAreShownByAllOrByNone(t *testing.T) {
	each(t, func(t *testing.T, objects *Objects) {
		shown := 0
		for _, name := range settings.Services {
			file, err := settings.Read(name)
			if err != nil {
				t.Fatal(err)
			}
			set := 0
			container := objects.Deployments[name].Spec.Template.Spec.Containers[0]
			for _, key := range []string{"certificate", "private_key", "authorities", "health_listen"} {
				if value(container, file.Variable("server.tls."+key)) != "" {
					set++
				}
			}
			speaks := "kubernetes.io/h2c"
			if set > 0 {
				shown, speaks = shown+1, "https"
			}
			if set != 0 && set != 4 {
				t.Errorf("%s has %d of 4 settings of server.tls", name, set)
			}
			for _, port := range objects.Services[name].Spec.Ports {
				if port.Name == "grpc" && (port.AppProtocol == nil || *port.AppProtocol != speaks) {
					t.Errorf("the Service %s does not say that it speaks %s", name, speaks)
				}
			}
		}
		if shown != 0 && shown != len(settings.Services) {
			t.Errorf("%d of %d services show certificates", shown, len(settings.Services))
		}
	})
}

func TestASelectorThatSelectsNothingIsFound(t *testing.T) {
	labels := meta.LabelSelector{MatchLabels: map[string]string{"a": "b"}}
	if Matches(nil, map[string]string{"a": "b"}) || Matches(labels.MatchLabels, nil) {
		t.Error("an empty selector, or empty labels")
	}
}
