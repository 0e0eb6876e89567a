# The operator's image. dev/image builds it with what the machine has; docs/image.md says what is in it, and why.
#
# DEBIAN names the base of the build stage. A release gives it with the digest that the tag has then, and names that in its notes:
#   --build-arg DEBIAN=docker.io/library/debian:12-slim@sha256:…
ARG DEBIAN=docker.io/library/debian:12-slim

FROM ${DEBIAN} AS build
WORKDIR /src
COPY dev/versions.env dev/
COPY dev/lib/common.sh dev/lib/packages.sh dev/lib/
RUN dev/lib/packages.sh build image
COPY . .
ARG REVISION=unknown
# The compiler's time is that of the layer: what it is tells whether it is another one.
RUN --mount=type=cache,target=/root/.cache/ccache \
    export CCACHE_COMPILERCHECK=content && \
    cmake --preset release -DPROJECT_COMMIT="$REVISION" && cmake --build --preset release
RUN image/rootfs.sh build/release /image
ARG VERSION
ARG CREATED
RUN image/sbom.sh /image >/image/sbom.spdx.json

# `--target sbom --output FOLDER`: what is in the image, as SPDX.
FROM scratch AS sbom
COPY --from=build /image/sbom.spdx.json /

FROM scratch
ARG VERSION
ARG REVISION=unknown
ARG CREATED
ARG SOURCE
LABEL org.opencontainers.image.title="integration-operator" \
      org.opencontainers.image.description="A Kubernetes operator that proves OAuth credentials before anybody relies on them" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.created="${CREATED}" \
      org.opencontainers.image.source="${SOURCE}"
COPY --from=build /image/rootfs /
# A number, since `runAsNonRoot` cannot judge a name.
USER 65532:65532
ENTRYPOINT ["/usr/bin/integration-operator"]
CMD ["run"]
