#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# What a user's makefile does with a copy: of include/, src/, one port and
# derived.mk, and of nothing else; gcc and clang, for a microcontroller, too.
set -euo pipefail
cd "$(dirname "$0")/../.."
. tests/packages/expect.sh

copy() { # name port
    mkdir -p "$tmp/$1/irqgc/ports"
    cp -r include src derived.mk "$tmp/$1/irqgc"
    cp -r "ports/$2" "$tmp/$1/irqgc/ports"
    cp tests/packages/user/{Makefile,*.c} "$tmp/$1"
}

for compiler in gcc clang; do
    copy $compiler posix
    quiet make -C "$tmp/$compiler" CC=$compiler program
    expect $compiler "$tmp/$compiler/program"
done
copy m4 cortex_m
quiet make -C "$tmp/m4" CC=arm-none-eabi-gcc PORT=cortex_m \
    CORE="-mcpu=cortex-m4 -mthumb" firmware
echo "ok - m4"
