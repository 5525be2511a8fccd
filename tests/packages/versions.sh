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
        failed=1
    fi
}

same CHANGELOG.md "$(sed -n 's|^## \([0-9.]*\).*|\1|p' CHANGELOG.md | head -n 1)"
same debian/changelog "$(dpkg-parsechangelog -S Version)"
exit $failed
