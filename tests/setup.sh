#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Installs what the tests need, if it is missing and this user may; otherwise
# says the one command to run. For Debian 12. Arguments are further packages.
set -euo pipefail

packages=(
    gcc g++ clang clang-16 make cmake pkgconf meson ninja-build
    libc6-dev libcmocka-dev gcc-12-multilib
    libclang-rt-14-dev libclang-rt-16-dev llvm-14 lld lld-16 musl-tools
    gcc-aarch64-linux-gnu libc6-dev-arm64-cross qemu-user
    clang-format clang-tidy cppcheck gdb gdb-multiarch valgrind python3 spin
    python3-z3 frama-c-base
    gcc-arm-none-eabi libnewlib-arm-none-eabi gcc-riscv64-unknown-elf
    debhelper dpkg-dev lintian python3-kconfiglib python3-jsonschema python3-yaml
    qemu-system-arm qemu-system-misc libunicorn-dev
    libmimalloc-dev libjemalloc-dev libgc-dev
    chromium python3-matplotlib python3-pil
    doxygen python3-sphinx python3-myst-parser python3-breathe furo mandoc man-db
    "$@"
)

missing=()
for package in "${packages[@]}"; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null |
        grep -q 'install ok installed' || missing+=("$package")
done
if [ ${#missing[@]} -eq 0 ]; then
    exit 0
fi

install="apt-get install -y --no-install-recommends ${missing[*]}"
if [ "$(id -u)" -ne 0 ]; then
    echo "tests need packages that are not installed; run: sudo $install" >&2
    exit 2
fi
# A machine that is thrown away, as a CI has, need not outlive a power cut.
[ -z "${CI:-}" ] || install+=" -o Dpkg::Options::=--force-unsafe-io"
echo "installing ${missing[*]}"
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq && $install -qq >/dev/null
