package liveroutes

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/tools/portforward"
	"k8s.io/client-go/transport/spdy"
	"k8s.io/streaming/pkg/httpstream"
)

// askInPod sends a get request to a port of a pod as kubectl port-forward does: from inside the
// pod, where Linkerd's policies do not apply.
func (c *Cluster) askInPod(ctx context.Context, namespace, pod string, port int, path string, read func(io.Reader) error) (answer, error) {
	a, err := c.forwarded(ctx, "/api/v1/namespaces/"+namespace+"/pods/"+pod+"/portforward", port, path, read)
	if err != nil {
		return a, asking(fmt.Sprintf("pod %s/%s at its port %d", namespace, pod, port), cmp.Or(context.Cause(ctx), err))
	}
	return a, nil
}

func (c *Cluster) forwarded(ctx context.Context, through string, port int, path string, read func(io.Reader) error) (answer, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://localhost:"+strconv.Itoa(port)+path, nil)
	if err != nil {
		return answer{}, err
	}
	request.Close = true
	connection, err := c.dial(through)
	if err != nil {
		return answer{}, err
	}
	hangUp := func() { _ = connection.Close() }
	defer hangUp()
	defer context.AfterFunc(ctx, hangUp)()
	headers := http.Header{}
	headers.Set(corev1.PortHeader, strconv.Itoa(port))
	headers.Set(corev1.PortForwardRequestIDHeader, "0")
	headers.Set(corev1.StreamType, corev1.StreamTypeError)
	wrong, err := connection.CreateStream(headers)
	if err != nil {
		return answer{}, err
	}
	wrong.Close() // which is for reading alone
	headers.Set(corev1.StreamType, corev1.StreamTypeData)
	data, err := connection.CreateStream(headers)
	if err != nil {
		return answer{}, err
	}
	if err := request.Write(data); err != nil {
		return answer{}, err
	}
	response, err := http.ReadResponse(bufio.NewReader(data), request)
	if err != nil {
		if text, _ := io.ReadAll(io.LimitReader(wrong, maxText)); len(text) > 0 {
			err = errors.New(strings.TrimSpace(string(text)))
		}
		return answer{}, err
	}
	defer response.Body.Close()
	return readAnswer(response, read)
}

// dial opens a connection for streams, as kubectl does: over a web socket or, where the API
// server or a proxy before it knows none, over SPDY.
func (c *Cluster) dial(path string) (httpstream.Connection, error) {
	if c.config == nil {
		return nil, errors.New("how to connect to the cluster is not known")
	}
	at := c.client.Post().AbsPath(path).URL()
	overSocket, err := portforward.NewSPDYOverWebsocketDialerForStreaming(at, c.config)
	if err != nil {
		return nil, err
	}
	transport, upgrader, err := spdy.RoundTripperFor(c.config)
	if err != nil {
		return nil, err
	}
	overSPDY := spdy.NewDialerForStreaming(upgrader, &http.Client{Transport: transport}, http.MethodPost, at)
	connection, _, err := portforward.NewFallbackDialerForStreaming(overSocket, overSPDY, func(err error) bool {
		return httpstream.IsUpgradeFailure(err) || httpstream.IsHTTPSProxyError(err)
	}).Dial(portforward.PortForwardProtocolV1Name)
	return connection, err
}
