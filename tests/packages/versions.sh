#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Every manifest that names a version names that of include/irqgc/irqgc.h. CMake,
# Meson and irqgc.pc read it there; manifests that are generated have a place for
# it, and what is in the tree is compared here.
#
#   tests/packages/versions.sh [VERSION]    as if that were the header's
set -euo pipefail
cd "$(dirname "$0")/../.."
version=${1:-$(packages/version.sh)}
failed=0

same() { # file what-its-version-is
    if [ "$2" = "$version" ]; then
        echo "ok - $1: $2"
    else
        echo "FAIL $1: \"$2\", but irqgc.h has $version"
        failed=1
    fi
}

generated() { # file: with what its place for the version is filled
    sed -n "s/@version@/$(packages/version.sh)/p" "$1" |
        grep -oE '[0-9]+(\.[0-9]+)+' || true
}

same CHANGELOG.md "$(sed -n 's|^## \([0-9.]*\).*|\1|p' CHANGELOG.md | head -n 1)"
same debian/changelog "$(dpkg-parsechangelog -S Version)"
for manifest in arduino/library.properties arduino/library.json \
    esp-idf/idf_component.yml; do
    same $manifest "$(generated packages/$manifest)"
done
exit $failed
