#!/bin/sh
# SPDX-License-Identifier: MIT
#
# need.sh TOOL...: whether the tools are there, NAME.h being a header of the
# host's; else says what installs those that are not, and exits with 2.
missing=
for tool; do
    case $tool in
    *.h) echo "#include <$tool>" | cc -include stddef.h -include stdarg.h \
        -include stdint.h -include setjmp.h -fsyntax-only -xc - 2>/dev/null \
        && continue ;;
    *) command -v "$tool" >/dev/null && continue ;;
    esac
    case $tool in
    arm-none-eabi-gcc | arm-none-eabi-size) package=gcc-arm-none-eabi ;;
    riscv64-unknown-elf-gcc) package=gcc-riscv64-unknown-elf ;;
    cc) package=gcc ;;
    clang) package='clang lld' ;;
    cmocka.h) package=libcmocka-dev ;;
    frama-c) package=frama-c-base ;;
    qemu-system-arm) package=qemu-system-arm ;;
    qemu-system-riscv32 | qemu-system-riscv64) package=qemu-system-misc ;;
    *) package=$tool ;;
    esac
    missing="$missing $package"
    echo "$tool is missing" >&2
done
[ -z "$missing" ] && exit 0
echo "to be installed by: apt-get install$missing" >&2
exit 2
