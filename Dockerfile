# The operator's image. dev/image builds it with the machine's own tool; docs/image.md describes its content, with reasons.
#
# DEBIAN names the base of the build stage. A release adds the tag's digest, and names the digest in its notes:
#   --build-arg DEBIAN=docker.io/library/debian:12-slim@sha256:…
ARG DEBIAN=docker.io/library/debian:12-slim

FROM ${DEBIAN} AS build
WORKDIR /src
COPY dev/versions.env dev/
COPY dev/lib/common.sh dev/lib/packages.sh dev/lib/
RUN dev/lib/packages.sh build image
COPY . .
ARG REVISION=unknown
# The compiler's time is the layer's: ccache must compare its content instead.
RUN --mount=type=cache,target=/root/.cache/ccache \
    export CCACHE_COMPILERCHECK=content && \
    cmake --preset release -DPROJECT_COMMIT="$REVISION" && cmake --build --preset release
RUN image/rootfs.sh build/release /image
ARG VERSION
ARG CREATED
RUN image/sbom.sh /image >/image/sbom.spdx.json

# `--target sbom --output FOLDER`: the content of the image, as SPDX.
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
