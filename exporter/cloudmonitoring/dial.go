package cloudmonitoring

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"net/url"
	"strconv"
	"strings"
	"sync"

	"cloud.google.com/go/auth"
	monitoringapi "cloud.google.com/go/monitoring/apiv3/v2"
	"cloud.google.com/go/monitoring/apiv3/v2/monitoringpb"
	"github.com/googleapis/gax-go/v2"
	"google.golang.org/api/option"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
)

// DefaultAddress is where Google Cloud Monitoring is.
const DefaultAddress = "https://monitoring.googleapis.com:443/"

// An Address is where points are sent to.
type Address struct {
	// Host has a port.
	Host string
	// Plaintext says that neither credentials nor TLS are used: it is not Google.
	Plaintext bool
}

// ParseAddress reads --stackdriver.api-address as Google's sidecar does: a URL, of which host
// and port count, and auth=false in the query switches credentials and TLS off
// (stackdriver-prometheus-sidecar, stackdriver/client.go). The scheme must be http or https,
// and says nothing.
func ParseAddress(text string) (Address, error) {
	u, err := url.Parse(text)
	if err != nil {
		return Address{}, fmt.Errorf("%q is not a URL: %w", text, err)
	}
	if u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" {
		return Address{}, fmt.Errorf("%q must be a URL with a host, such as %s", text, DefaultAddress)
	}
	port := u.Port()
	if port == "" {
		port = "443"
	}
	authenticate, err := strconv.ParseBool(u.Query().Get("auth"))
	return Address{
		Host:      net.JoinHostPort(u.Hostname(), port),
		Plaintext: err == nil && !authenticate,
	}, nil
}

// DialOptions say how to reach Google.
type DialOptions struct {
	Address Address
	// UseRestrictedIPs connects to the addresses of restricted.googleapis.com, for networks
	// with VPC Service Controls.
	UseRestrictedIPs bool
	// UserAgent names this program and its version.
	UserAgent string
}

// A Connection is a Client that connects when it is first used. While there are no
// credentials, it answers UNAUTHENTICATED, and looks for them again at the next request: on
// GKE, the metadata server may need some seconds after a pod has started.
type Connection struct {
	options DialOptions

	mu          sync.Mutex
	client      *monitoringapi.MetricClient
	credentials *auth.Credentials
	principal   string
}

// Dial prepares a connection. It does not connect.
func Dial(options DialOptions) *Connection { return &Connection{options: options} }

// CreateTimeSeries makes one request. It does not repeat it.
func (c *Connection) CreateTimeSeries(ctx context.Context, request *monitoringpb.CreateTimeSeriesRequest, options ...gax.CallOption) error {
	client, err := c.connect(ctx)
	if err != nil {
		return status.Error(codes.Unauthenticated, strings.Join(strings.Fields(err.Error()), " "))
	}
	return client.CreateTimeSeries(ctx, request, options...)
}

// connect makes the client, or returns the one that there is.
func (c *Connection) connect(ctx context.Context) (*monitoringapi.MetricClient, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.client != nil {
		return c.client, nil
	}
	var options []option.ClientOption
	encode := grpc.WithDefaultCallOptions(grpc.ForceCodecV2(newCodec()))
	if c.options.Address.Plaintext {
		connection, err := grpc.NewClient(c.options.Address.Host,
			grpc.WithTransportCredentials(insecure.NewCredentials()), grpc.WithUserAgent(c.options.UserAgent), encode)
		if err != nil {
			return nil, fmt.Errorf("connecting to %s: %w", c.options.Address.Host, err)
		}
		options = append(options, option.WithGRPCConn(connection))
	} else {
		var err error
		if c.credentials, err = findCredentials(ctx); err != nil {
			return nil, err
		}
		options = append(options, option.WithEndpoint(c.options.Address.Host), option.WithAuthCredentials(c.credentials),
			option.WithUserAgent(c.options.UserAgent), option.WithGRPCConnectionPool(1), option.WithGRPCDialOption(encode))
		if c.options.UseRestrictedIPs {
			options = append(options, option.WithGRPCDialOption(grpc.WithContextDialer(dialRestricted)))
		}
	}
	// The connection outlives the request that is the first to need it.
	client, err := monitoringapi.NewMetricClient(context.WithoutCancel(ctx), append(options, option.WithTelemetryDisabled())...)
	if err != nil {
		return nil, fmt.Errorf("connecting to %s: %w", c.options.Address.Host, err)
	}
	c.client = client
	return client, nil
}

// Principal names the account of the credentials, as far as they say; "" if not.
func (c *Connection) Principal() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.principal == "" {
		c.principal = principalOf(c.credentials)
	}
	return c.principal
}

// Close ends the connection.
func (c *Connection) Close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.client == nil {
		return nil
	}
	err := c.client.Close()
	c.client = nil
	return err
}

// restricted are the addresses of restricted.googleapis.com
// (stackdriver-prometheus-sidecar, flag --stackdriver.use-restricted-ips).
var restricted = []string{"199.36.153.4", "199.36.153.5", "199.36.153.6", "199.36.153.7"}

// dialRestricted connects to one of the restricted addresses, whatever the name resolves to.
// The certificate must be that of the name nevertheless.
func dialRestricted(ctx context.Context, address string) (net.Conn, error) {
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, fmt.Errorf("the address %q: %w", address, err)
	}
	var dialer net.Dialer
	host := restricted[rand.IntN(len(restricted))] //nolint:gosec // spreads connections
	return dialer.DialContext(ctx, "tcp", net.JoinHostPort(host, port))
}
