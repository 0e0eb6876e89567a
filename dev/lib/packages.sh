#!/usr/bin/env bash
# packages.sh GROUP...: installs the Debian packages of the groups build, run, check and fuzz (default: these four), node
# (dev/image and dev/cluster), image (the Dockerfile's build stage) and pictures (dev/pictures). Does nothing, quickly,
# if all of them are there.
# packages.sh --list GROUP...: prints their names, and installs nothing.
# shellcheck source=dev/lib/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

# The Boost libraries from libboost-atomic-dev on are those that cpprestsdk's CMake package requires.
BUILD=(
  g++ cmake ninja-build ccache mold libcpprest-dev libboost1.74-dev libboost-atomic-dev libboost-chrono-dev
  libboost-date-time-dev libboost-filesystem-dev libboost-random-dev libboost-regex-dev libboost-system-dev
  libboost-thread-dev libssl-dev zlib1g-dev libbrotli-dev nlohmann-json3-dev libyaml-cpp-dev libspdlog-dev
  prometheus-cpp-dev libcli11-dev libre2-dev libgtest-dev libgmock-dev
)
RUN=(ca-certificates curl git jq openssl python3)
CHECK=(clang-format clang-tidy shellcheck gcovr iproute2 nftables prometheus python3-yaml)
FUZZ=(clang libclang-rt-14-dev llvm) # of one version, Debian 12's; llvm has the symbolizer of its sanitizers
NODE=(buildah mmdebstrap arch-test catatonit runc containernetworking-plugins iproute2 iptables nftables python3-venv)
# Docker's own package of containerd brings its runc, and Debian's packages would have to take their place.
command -v containerd >/dev/null || NODE+=(containerd)
IMAGE=(ca-certificates jq)
PICTURES=(chromium fonts-dejavu-core)
# Any Go and any npm will do: they fetch versions newer than Debian's.
command -v go >/dev/null || RUN+=(golang-go)
command -v npm >/dev/null || RUN+=(npm)
command -v pip3 >/dev/null || RUN+=(python3-pip)

wanted=() list_only=
if [ "${1:-}" = --list ]; then list_only=yes; shift; fi
[ $# -gt 0 ] || set -- build run check fuzz
for group in "$@"; do
  case $group in
    build) wanted+=("${BUILD[@]}") ;;
    run) wanted+=("${RUN[@]}") ;;
    check) wanted+=("${CHECK[@]}") ;;
    fuzz) wanted+=("${FUZZ[@]}") ;;
    node) wanted+=("${NODE[@]}") ;;
    image) wanted+=("${IMAGE[@]}") ;;
    pictures) wanted+=("${PICTURES[@]}") ;;
    *) die "unknown group $group: build, run, check, fuzz, node, image or pictures" ;;
  esac
done

if [ -n "$list_only" ]; then printf '%s\n' "${wanted[@]}"; exit 0; fi

command -v dpkg-query >/dev/null || die "this is not a Debian system; install by your own means: ${wanted[*]}"
installed=$(dpkg-query -W -f '${db:Status-Abbrev} ${Package}\n' "${wanted[@]}" 2>/dev/null | sed -n 's/^ii *//p' || true)
missing=()
for package in "${wanted[@]}"; do
  grep -qxF "$package" <<<"$installed" || missing+=("$package")
done
[ ${#missing[@]} -gt 0 ] || exit 0

as_root=()
if [ "$(id -u)" -ne 0 ]; then
  command -v sudo >/dev/null || die "as root, run: apt-get install ${missing[*]}"
  say "installing Debian packages needs root: sudo may ask for your password"
  sudo -v
  as_root=(sudo)
fi
apt() { "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq -o Dpkg::Use-Pty=0 "$@"; }
# Some are servers (prometheus, containerd), which tests start for themselves: Debian's packages ask this file whether to.
POLICY=/usr/sbin/policy-rc.d
if [ ! -e "$POLICY" ]; then
  remove_policy() { "${as_root[@]}" rm -f "$POLICY"; }
  at_exit remove_policy
  printf '#!/bin/sh\nexit 101\n' | "${as_root[@]}" install -m 0755 /dev/stdin "$POLICY"
fi
quietly "refreshing the list of Debian packages" apt update
quietly "installing ${#missing[@]} Debian packages (first: ${missing[0]})" apt install -y --no-install-recommends "${missing[@]}"
