# The gateway on a base that holds Node and nothing else: no shell, no package manager, no node_modules.
#   docker build -t crest-gateway --build-arg REVISION="$(git rev-parse HEAD)" .
# It takes BuildKit, which `docker build` is since Docker 23, or Buildah, which `podman build` is.
# What comes out of the first stage is the same for every architecture, so it runs on the builder's own.
FROM --platform=$BUILDPLATFORM docker.io/library/node:24-slim AS build
WORKDIR /build
COPY package.json package-lock.json ./
RUN --mount=type=cache,target=/root/.npm npm ci --ignore-scripts --no-audit --no-fund --no-update-notifier
COPY scripts/ scripts/
COPY config/ config/
COPY src/ src/
# A checkout may be readable by its owner only; the user of the image is somebody else.
ARG REVISION=unknown
RUN node scripts/bundle.ts && node scripts/sbom.ts && chmod -R a+rX package.json config dist

FROM gcr.io/distroless/nodejs24-debian13:nonroot
# Before WORKDIR: a folder that is not there yet BuildKit makes for the base's user, who is not to own the program's.
COPY --from=build /build/package.json /app/
COPY --from=build /build/config/ /app/config/
COPY --from=build /build/dist/ /app/dist/
WORKDIR /app
# Every address: a listener on loopback cannot be reached through a published port. Flags win over these.
ENV LISTEN=:8080 ADMIN=:9090
EXPOSE 8080 9090
# By number, or Kubernetes cannot tell that it is not root.
USER 65532:65532
ENTRYPOINT ["/nodejs/bin/node", "/app/dist/bin/crest-gateway.mjs"]
HEALTHCHECK --interval=30s --timeout=5s --start-period=10s --retries=3 \
  CMD ["/nodejs/bin/node", "/app/dist/bin/crest-gateway.mjs", "healthcheck"]
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="crest-gateway" \
  org.opencontainers.image.description="A resilient HTTP gateway between an application and its identity tenant" \
  org.opencontainers.image.version="$VERSION" \
  org.opencontainers.image.revision="$REVISION" \
  org.opencontainers.image.base.name="gcr.io/distroless/nodejs24-debian13:nonroot"
