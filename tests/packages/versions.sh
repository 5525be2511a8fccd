#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Every manifest that names a version names that of include/irqgc/irqgc.h.
# CMake, Meson and irqgc.pc read it from there.
set -euo pipefail
cd "$(dirname "$0")/../.."
version=$(packages/version.sh)
failed=0

same() { # file what-its-version-is
    if [ "$2" = "$version" ]; then
        echo "ok - $1: $2"
    else
        echo "FAIL $1: \"$2\", but irqgc.h has $version"
# The version is in irqgc.h and nowhere else, or the same: CMakeLists.txt and
# meson.build read it there, manifests that are generated have a place for it, and
# what is in the tree is compared here.
#
#   tests/packages/versions.sh [VERSION]    as if that were the header's
version=${1:-$(packages/version.sh)}
same() { # what version
        echo "FAIL $1 is of $2, irqgc.h of $version"
        failed=1
    fi
}

same CHANGELOG.md "$(sed -n 's|^## \([0-9.]*\).*|\1|p' CHANGELOG.md | head -n 1)"
same debian/changelog "$(dpkg-parsechangelog -S Version)"
same CHANGELOG.md "$(sed -nE 's/^## ([0-9.]+).*/\1/p' CHANGELOG.md | head -n 1)"
if [ -f debian/changelog ]; then
    same debian/changelog "$(sed -nE '1s/.*\(([0-9.]+).*/\1/p' debian/changelog)"
fi
for manifest in library.properties library.json; do
    same "$manifest" "$(sed -n "s/@version@/$(packages/version.sh)/p" \
        packages/arduino/$manifest | grep -oE '[0-9]+(\.[0-9]+)+')"
done
same idf_component.yml "$(sed -n "s/@version@/$(packages/version.sh)/p" \
    packages/esp-idf/idf_component.yml | grep -oE '[0-9]+(\.[0-9]+)+')"
exit $failed
