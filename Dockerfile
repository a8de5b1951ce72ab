# Only the two servers: no shell, no package manager, no user database. `make image` makes the same image
# without Docker, from internal/release; a test there compares the two.

FROM --platform=$BUILDPLATFORM golang:1.26.8-bookworm AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
ARG TARGETOS TARGETARCH VERSION=dev
RUN CGO_ENABLED=0 GOOS=$TARGETOS GOARCH=$TARGETARCH \
    go build -trimpath -buildvcs=false -ldflags "-s -w -buildid= -X main.version=$VERSION" -o /servers/ ./cmd/gcm-injector ./cmd/gcm-exporter

# From scratch: the CA of the API server comes with the service account, and gcm-exporter holds those that
# Google's certificates come from. The user is the injector's; gcm-exporter runs as Prometheus does in its pod.
FROM scratch
ARG VERSION=dev
LABEL org.opencontainers.image.title="linkerd-gcm"
LABEL org.opencontainers.image.description="Sends the metrics of linkerd-viz's Prometheus to Google Cloud Monitoring: the injector and the exporter that it injects"
LABEL org.opencontainers.image.source="https://github.com/linkerd-gcm/linkerd-gcm"
LABEL org.opencontainers.image.licenses="Apache-2.0"
LABEL org.opencontainers.image.version="$VERSION"
COPY --from=build /servers/ /
USER 65532:65532
ENTRYPOINT ["/gcm-injector"]
