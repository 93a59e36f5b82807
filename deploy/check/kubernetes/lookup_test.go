package kubernetes

import (
	"strings"

	core "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// containerPort returns the number of a pod's port that is named or numbered.
func containerPort(pod core.PodSpec, port intstr.IntOrString) (int32, bool) {
	for _, container := range pod.Containers {
		for _, candidate := range container.Ports {
			if candidate.Name == port.StrVal && port.Type == intstr.String || candidate.ContainerPort == port.IntVal {
				return candidate.ContainerPort, true
			}
		}
	}
	return 0, false
}

// containers returns all containers of a pod, those that come first included.
func containers(pod core.PodSpec) []core.Container {
	return append(append([]core.Container{}, pod.InitContainers...), pod.Containers...)
}

// value returns what a variable is set to, or nothing.
func value(container core.Container, name string) string {
	for _, variable := range container.Env {
		if variable.Name == name {
			return variable.Value
		}
	}
	return ""
}

// cutPeer returns which service a key has the address of.
func cutPeer(key string) (string, bool) {
	peer, ok := strings.CutPrefix(key, "peers.")
	return strings.ReplaceAll(peer, "_", "-"), ok
}

func hasVersion(image string) bool {
	_, version, ok := strings.Cut(image[strings.LastIndex(image, "/")+1:], ":")
	return ok && version != "latest"
}
