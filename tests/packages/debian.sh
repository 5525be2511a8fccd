#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Builds the Debian package as Debian does, from a copy of the tree; has lintian
# read it; and builds a user's project from what it installs, by CMake and by
# pkg-config. Debian hardens what it compiles: windows are measured with that,
# too, and with what its next release adds.
set -euo pipefail
cd "$(dirname "$0")/../.."
root=$PWD
user=$root/tests/packages/user
. tests/packages/expect.sh

build() { # name: to $tmp/NAME; variables of dpkg-buildflags are in force
    mkdir -p "$tmp/$1/irqgc"
    git ls-files -z --cached --others --exclude-standard |
        xargs -0 cp --parents -t "$tmp/$1/irqgc"
    (cd "$tmp/$1/irqgc" && quiet dpkg-buildpackage -us -uc -b)
    dpkg -x "$tmp/$1"/libirqgc-dev_*.deb "$tmp/$1/installed"
    echo "ok - $1: $(cd "$tmp/$1" && ls ./*.deb)"
}

# The core alone: of a port's sources, vic.c is the emulated controller itself;
# mask.c has no window, but its two ends. What the hardening leaves in the code
# tells that it was in force.
windows() { # name trace
    mkdir "$tmp/$1/objects"
    (cd "$tmp/$1/objects" && ar x "$tmp/$1"/installed/usr/lib/*/libirqgc.a)
    rm "$tmp/$1"/objects/{mask.c,vic.c,posix_*}.o
    objdump -dr "$tmp/$1"/objects/*.o >"$tmp/code"
    grep -q "$2" "$tmp/code" || {
        echo "FAIL $1: no $2"
        exit 1
    }
    tests/windows.py --target x86-64 --summary "$tmp/$1"/objects/*.o
}

build package
if ! lintian --allow-root --info --fail-on error,warning --pedantic \
    --display-info "$tmp"/package/*.changes; then
    echo "FAIL lintian"
    exit 1
fi
echo "ok - lintian"
if [ "$(dpkg --print-architecture)" = amd64 ]; then
    windows package __stack_chk_fail
    DEB_CFLAGS_APPEND="-fcf-protection -fstack-clash-protection" build more
    windows more endbr64
fi

# ---- A user's project --------------------------------------------------------

installed=$tmp/package/installed/usr
quiet cmake -S "$user" -B "$tmp/user" -DCMAKE_PREFIX_PATH="$installed"
quiet cmake --build "$tmp/user"
expect cmake "$tmp/user/user_c" "$tmp/user/user_cxx"

export PKG_CONFIG_PATH
PKG_CONFIG_PATH=$(dirname "$installed"/lib/*/pkgconfig/irqgc.pc)
expect_pkg_config pkg-config

ls "$installed"/share/man/man3/irqgc.3.gz
