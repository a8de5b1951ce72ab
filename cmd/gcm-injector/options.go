package main

import (
	"crypto/tls"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/spf13/pflag"

	"github.com/linkerd-gcm/linkerd-gcm/certs"
	"github.com/linkerd-gcm/linkerd-gcm/internal/names"
	"github.com/linkerd-gcm/linkerd-gcm/settings"
)

// The values of --certificates.
const (
	selfManaged = "self-managed"
	fromFiles   = "files"
)

const allowedImagesFlag = "allowed-sidecar-images"

// options are the flags.
type options struct {
	webhookHost   string
	webhookPort   int
	metrics       string
	healthProbes  string
	sidecarImage  string
	allowedImages []string
	logLevel      string
	logFormat     string
	kubeconfig    string
	namespace     string

	certificates        string
	certificateDir      string
	certificateHosts    []string
	certificateLifetime time.Duration
	caLifetime          time.Duration

	clientCAFile string
	clientNames  []string
}

func (o *options) register(flags *pflag.FlagSet) {
	flags.StringVar(&o.webhookHost, "webhook-host", "", "address to serve admission requests on; all addresses if empty")
	flags.IntVar(&o.webhookPort, "webhook-port", 10250, "port to serve admission requests on; GKE's control plane reaches pods on 443 and 10250 only")
	flags.StringVar(&o.metrics, "metrics-bind-address", ":9990", "address to serve /metrics on; 0 for none")
	flags.StringVar(&o.healthProbes, "health-probe-bind-address", ":9995", "address to serve /healthz and /readyz on")
	flags.StringVar(&o.sidecarImage, "sidecar-image", "", "image of the sidecar where no annotation names one; the chart gives the injector's own, which holds gcm-exporter")
	flags.StringSliceVar(&o.allowedImages, allowedImagesFlag, nil, "images that the sidecar may run, comma-separated or one a flag: repositories, each with or without a tag or digest, or beginnings of them up to a slash; all images if not given")
	flags.StringVar(&o.logLevel, "log-level", "info", "debug, info, warn or error")
	flags.StringVar(&o.logFormat, "log-format", "json", "json or plain")
	flags.StringVar(&o.kubeconfig, "kubeconfig", "", "kubeconfig to reach the API server with; the pod's service account if empty")
	flags.StringVar(&o.namespace, "namespace", envOr("POD_NAMESPACE", "linkerd-gcm"), "namespace of the injector, which holds its CA and its leader's lease")
	flags.StringVar(&o.certificates, "certificates", selfManaged, selfManaged+" or "+fromFiles)
	flags.StringVar(&o.certificateDir, "cert-dir", "/var/run/linkerd-gcm/tls", "directory of tls.crt and tls.key, for --certificates="+fromFiles)
	flags.StringSliceVar(&o.certificateHosts, "certificate-hosts", nil, "names, in addition to the Service's, that the API server uses to call the injector; for an injector outside the cluster")
	flags.DurationVar(&o.certificateLifetime, "certificate-lifetime", certs.DefaultLeafLifetime, "how long a self-managed serving certificate is valid")
	flags.DurationVar(&o.caLifetime, "ca-lifetime", certs.DefaultCALifetime, "how long the CA of self-managed certificates is valid")
	flags.StringVar(&o.clientCAFile, "client-ca-file", "", "file with the CA, in PEM, of those who may send admission requests: the API servers' client certificates; anybody may if empty")
	flags.StringSliceVar(&o.clientNames, "client-names", nil, "names, of which a client's certificate must have one; all that the CA signed if empty")
}

// defaults returns the defaults of annotations. It returns an error if the list of allowed
// images is not valid, or is there and empty: an empty variable in a template must not
// allow every image.
func (o *options) defaults(flags *pflag.FlagSet) (settings.Defaults, error) {
	if flags.Changed(allowedImagesFlag) && len(o.allowedImages) == 0 {
		return settings.Defaults{}, errors.New("--allowed-sidecar-images is empty; leave the flag out to allow every image")
	}
	allowed, err := settings.ParseAllowedImages(o.allowedImages)
	if err != nil {
		return settings.Defaults{}, fmt.Errorf("--allowed-sidecar-images: %w", err)
	}
	return settings.Defaults{SidecarImage: o.sidecarImage, AllowedImages: allowed}, nil
}

// serveTLS returns the options of the webhook server: which certificate it has, and which
// clients it accepts. It returns an error if the flags are not valid.
func (o *options) serveTLS(source certs.CertificateSource) ([]func(*tls.Config), error) {
	all := []func(*tls.Config){certs.ServeTLS(source)}
	if o.clientCAFile == "" {
		if len(o.clientNames) > 0 {
			return nil, errors.New("--client-names is given without --client-ca-file: give the CA that signs the clients' certificates")
		}
		return all, nil
	}
	clients, err := certs.RequireClients(o.clientCAFile, o.clientNames)
	if err != nil {
		return nil, fmt.Errorf("--client-ca-file: %w", err)
	}
	return append(all, clients), nil
}

// hosts returns the names that the API server uses to call the injector.
func (o *options) hosts() []string {
	service := fmt.Sprintf("%s.%s.svc", names.Injector, o.namespace)
	return append([]string{service}, o.certificateHosts...)
}

// source returns the source of the serving certificate. It returns an error if the flags
// are not valid.
func (o *options) source() (certs.CertificateSource, error) {
	switch o.certificates {
	case fromFiles:
		return certs.NewFiles(o.certificateDir, o.hosts())
	case selfManaged:
		return certs.NewSelfManaged(certs.SelfManagedOptions{
			Namespace:               o.namespace,
			SecretLabels:            map[string]string{names.ExtensionLabel: names.Extension},
			Hosts:                   o.hosts(),
			MutatingConfiguration:   names.MutatingConfiguration,
			ValidatingConfiguration: names.ValidatingConfiguration,
			CALifetime:              o.caLifetime,
			LeafLifetime:            o.certificateLifetime,
		})
	default:
		return nil, fmt.Errorf("--certificates is %q: want %s or %s", o.certificates, selfManaged, fromFiles)
	}
}

func envOr(name, fallback string) string {
	if value := os.Getenv(name); value != "" {
		return value
	}
	return fallback
}
