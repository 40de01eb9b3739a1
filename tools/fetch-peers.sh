#!/usr/bin/env bash
# Unpacks the real programs that the interoperability tests speak with (cosign of both generations, skopeo, oras,
# notation, the reference registry, kubectl, a cache server) from Debian's newer suites into a folder, beside the system
# and without touching it. Each is called through a small script in bin/, which brings its own C library where the
# system's is too old. helm is no Debian package: it is built where Go is installed.
#
#   bash tools/fetch-peers.sh [FOLDER]      default: .pratique/peers in this checkout
#
# Ends with 0 when all are there and answer; says which one is missing otherwise.
set -uo pipefail
cd "$(dirname "$0")/.."
folder=$(mkdir -p "${1:-.pratique/peers}" && cd "${1:-.pratique/peers}" && pwd)

# name of the script, suite, package, program, argument that makes it answer
peers='
cosign-2 trixie cosign usr/bin/cosign version
cosign-3 sid cosign usr/bin/cosign version
skopeo trixie skopeo usr/bin/skopeo --version
oras sid oras usr/bin/oras version
notation sid notation usr/bin/notation version
docker-registry sid docker-registry usr/bin/docker-registry --version
kubectl sid kubectl usr/bin/kubectl help
valkey-server trixie valkey-server usr/bin/valkey-server --version
'
# What they need besides; most of it is for systems whose own libraries are older.
libraries='libc6 libgpgme11t64 libassuan9 libgpg-error0 libsqlite3-0
  valkey-tools libatomic1 libjemalloc2 liblzf1 libssl3t64 libzstd1 zlib1g libsystemd0 libcap2 libstdc++6 libgcc-s1'

helm_version=v3.19.0

answers() { timeout 30 "$folder/bin/$1" "$2" >/dev/null 2>&1; }

missing=$(while read -r name suite package program word; do
  [ -n "$name" ] && ! answers "$name" "$word" && echo "$name"
done <<<"$peers")

# Where there is no Go there is no helm, and the tests of the chart say so.
build_helm() {
  answers helm version && return 0
  command -v go >/dev/null || { echo "helm is left out: it is built with Go, which is not installed" >&2; return 0; }
  mkdir -p "$folder/bin"
  GOBIN="$folder/bin" GOFLAGS=-trimpath go install "helm.sh/helm/v3/cmd/helm@$helm_version" || {
    echo "helm could not be built" >&2
    return 1
  }
}

build_helm
helm=$?
[ -z "$missing" ] && exit "$helm"

if ! command -v apt-get >/dev/null || ! command -v dpkg >/dev/null; then
  echo "missing: ${missing//$'\n'/ }; they come from Debian packages, and this system has no apt-get" >&2
  exit 1
fi

# The address of the machine's own Debian archive, so that mirrors and proxies set up here are used.
archive=$(apt-get indextargets --format '$(REPO_URI) $(RELEASE)' 'Created-By: Packages' |
  awk '$1 ~ /debian\/?$/ && $2 !~ /security|updates|backports/ {print $1; exit}')
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
if [ -z "$archive" ] || [ ! -r "$keyring" ]; then
  echo "missing: ${missing//$'\n'/ }; this system has no Debian archive configured" >&2
  exit 1
fi

# apt with folders of its own: lists, cache and package state of the system are neither read nor changed.
apt_of() {
  local work="$folder/apt/$1"
  shift
  apt-get -qq -o Dir::Etc::sourcelist=/dev/null -o "Dir::Etc::sourceparts=$work/sources" -o "Dir::State::Lists=$work/lists" \
    -o "Dir::Cache=$work/cache" -o "Dir::State::status=$work/status" -o Debug::NoLocking=1 -o "APT::Sandbox::User=$(id -un)" "$@"
}

unpack() {
  local suite=$1 work="$folder/apt/$1" package
  shift
  mkdir -p "$work/lists/partial" "$work/cache/archives/partial" "$work/sources" "$work/packages" "$folder/$suite"
  printf 'Types: deb\nURIs: %s\nSuites: %s\nComponents: main\nSigned-By: %s\n' "$archive" "$suite" "$keyring" >"$work/sources/peers.sources"
  : >"$work/status"
  apt_of "$suite" update || return 1
  for package in "$@"; do
    (cd "$work/packages" && apt_of "$suite" download "$package") || echo "$package of $suite could not be downloaded" >&2
  done
  for package in "$work/packages"/*.deb; do dpkg -x "$package" "$folder/$suite" || return 1; done
}

# Every package of a suite once; libraries only where something needs them.
for suite in $(awk 'NF {print $2}' <<<"$peers" | sort -u); do
  # shellcheck disable=SC2046,SC2086 -- lists of words on purpose
  unpack "$suite" $(awk -v suite="$suite" '$2 == suite {print $3}' <<<"$peers" | sort -u) $([ "$suite" = trixie ] && echo $libraries)
done
rm -rf "$folder/apt"

mkdir -p "$folder/bin"
while read -r name suite package program word; do
  [ -z "$name" ] && continue
  real="$folder/$suite/$program"
  printf '#!/bin/sh\nexec "%s" "$@"\n' "$real" >"$folder/bin/$name"
  chmod 0755 "$folder/bin/$name"
  answers "$name" "$word" && continue
  loader=$(find "$folder/$suite" -name 'ld-linux*.so.*' | head -n 1)
  library=$(dirname "$(find "$folder/$suite" -name libc.so.6 | head -n 1)")
  [ -n "$loader" ] && printf '#!/bin/sh\nexec "%s" --library-path "%s" "%s" "$@"\n' "$loader" "$library" "$real" >"$folder/bin/$name"
done <<<"$peers"

status=$helm
while read -r name suite package program word; do
  [ -z "$name" ] && continue
  answers "$name" "$word" || { echo "$name could not be made to run" >&2; rm -f "$folder/bin/$name"; status=1; }
done <<<"$peers"
exit "$status"
