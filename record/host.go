package record

import (
	"net"
	"os"
	"runtime"
	"strings"
)

// Host is the machine as ECS describes it. Empty fields are left out.
type Host struct {
	Name         string
	IP           string
	Architecture string
	Family       string // windows, unix or darwin
	OS           string // the system's name
	Version      string
	Platform     string // windows, linux, darwin, solaris or unix
	Type         string // container, or nothing
}

// ThisHost reads what is known of this machine. It never fails: what is not
// known stays empty.
func ThisHost() Host {
	name, _ := os.Hostname()
	h := Host{Name: name, IP: ownAddress(), Architecture: runtime.GOARCH, Version: kernel()}
	h.Family, h.OS, h.Platform = system(runtime.GOOS)
	if os.Getenv("container") != "" || os.Getenv("KUBERNETES_SERVICE_HOST") != "" {
		h.Type = "container"
	}
	return h
}

// system is VP's names for an operating system.
func system(goos string) (family, name, platform string) {
	switch goos {
	case "linux":
		return "unix", "Linux", "linux"
	case "windows":
		return "windows", "Windows", "windows"
	case "darwin":
		return "darwin", "Mac OS X", "darwin"
	case "solaris", "illumos":
		return "unix", "SunOS", "solaris"
	}
	return "unix", goos, "unix"
}

// ownAddress is the first address others could know this machine by.
func ownAddress() string {
	addresses, err := net.InterfaceAddrs()
	if err != nil {
		return ""
	}
	for _, address := range addresses {
		if network, ok := address.(*net.IPNet); ok && network.IP.IsGlobalUnicast() {
			return network.IP.String()
		}
	}
	return "127.0.0.1"
}

// kernel is the system's version where a file tells it.
func kernel() string {
	release, err := os.ReadFile("/proc/sys/kernel/osrelease")
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(release))
}
