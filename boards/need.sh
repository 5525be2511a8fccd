#!/bin/sh
# SPDX-License-Identifier: MIT
#
# need.sh TOOL: whether the tool is there; else says what installs it, and
# exits with 2.
command -v "$1" > /dev/null && exit 0
case $1 in
arm-none-eabi-gcc) package=gcc-arm-none-eabi ;;
riscv64-unknown-elf-gcc) package=gcc-riscv64-unknown-elf ;;
cc) package=gcc ;;
clang) package='clang lld' ;;
qemu-system-arm) package=qemu-system-arm ;;
qemu-system-riscv32 | qemu-system-riscv64) package=qemu-system-misc ;;
*) package=$1 ;;
esac
echo "$1 is missing: apt-get install $package" >&2
exit 2
