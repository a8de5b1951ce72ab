# Only the injector: no shell, no package manager, no user database. `make image` makes the same image
# without Docker, from internal/release; a test there compares the two.

FROM --platform=$BUILDPLATFORM golang:1.26.8-bookworm AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
ARG TARGETOS TARGETARCH VERSION=dev
RUN CGO_ENABLED=0 GOOS=$TARGETOS GOARCH=$TARGETARCH \
    go build -trimpath -buildvcs=false -ldflags "-s -w -buildid= -X main.version=$VERSION" -o /gcm-injector ./cmd/gcm-injector

# From scratch: the CA of the API server comes with the service account, and there is no other server to trust.
FROM scratch
ARG VERSION=dev
LABEL org.opencontainers.image.title="gcm-injector"
LABEL org.opencontainers.image.description="Injects Google's stackdriver-prometheus-sidecar into linkerd-viz's Prometheus"
LABEL org.opencontainers.image.source="https://github.com/linkerd-gcm/linkerd-gcm"
LABEL org.opencontainers.image.licenses="Apache-2.0"
LABEL org.opencontainers.image.version="$VERSION"
COPY --from=build /gcm-injector /gcm-injector
USER 65532:65532
ENTRYPOINT ["/gcm-injector"]
