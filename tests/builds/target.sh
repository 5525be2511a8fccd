#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Builds firmware.c for every core with nothing but the flags that a user would
# have: which core, where the headers are, and those of derived.mk. Runs it
# where there is an emulated board, and reads the windows of images that were
# optimised as they were linked. Prints a table.
#
#   tests/builds/target.sh [TEXT]    only rows with TEXT
#   WHOLE=1                          clang 16, too; all at -Os, too; by clang
#                                    also the cores that are on no board
#
# Debian's gcc for RISC-V and its clang have no C library: -ffreestanding. clang
# links by ld.lld, with gcc's library of arithmetic. What is not to be had: gcc
# 12 and clang know RV32E's registers, clang not its calls; clang's driver does
# not link objects of -flto for these cores, so ld.lld is called.
set -u
cd "$(dirname "$0")/../.." || exit 2
only=${1:-}
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
failed=0

fail() { # text
    failed=1
    verdict=FAIL
    {
        echo "FAIL $row: $1"
        grep -vE "^[A-Zs][A-Z0-9]+=|pragma|note:" "$tmp/log" | head -n 8
    } >>"$tmp/faults"
}

derived() { # compiler
    local cc
    for cc in gcc clang clang-16; do
        [ "$1" != "$cc" ] || make -s -f derived.mk CC="$cc"
    done | sed -n "${2}p"
}

# Where memory lies on a board; a core that has none is linked as an386 is.
memory() {
    case $board in
    mps2-an505) echo 0x10000000 0x40000 0x38000000 0x4000 ;;
    mps3-an547) echo 0 0x40000 0x30000000 0x4000 ;;
    virt*) echo 0x80000000 0x40000 0x80400000 0x8000 ;;
    *) echo 0 0x40000 0x20000000 0x4000 ;;
    esac
}

compile() {
    local source object lto
    rm -f "$tmp"/*.o
    for source in src/*.c "ports/$port"/*.c tests/builds/firmware.c \
        boards/libc/*.c; do
        object=$tmp/$(basename "$source" .c).o lto=
        # The C library is none of it; and gcc finds memset in memset.
        case $source in
        boards/*)
            lto="-fno-lto -Iboards/libc"
            [ "$compiler" != gcc ] ||
                lto+=" -fno-tree-loop-distribute-patterns"
            ;;
        esac
        # shellcheck disable=SC2086 # these are several words
        "${cc[@]}" $flags -ffreestanding -Iinclude $lto -c -o "$object" \
            "$source" >"$tmp/log" 2>&1 || return 1
    done
}

link() {
    local words where at=() i=0 script=tests/builds/firmware.ld lib
    words=(FLASH_START FLASH_SIZE RAM_START RAM_SIZE)
    for where in $(memory); do
        at+=("--defsym=${words[i++]}=$where")
    done
    lib=$("${gcc[@]}" -print-libgcc-file-name)
    if [ "$compiler" = gcc ]; then
        # shellcheck disable=SC2086
        "${cc[@]}" $flags -nostdlib -static -T $script "${at[@]/#/-Wl,}" \
            -Wl,--gc-sections -o "$tmp/image.elf" "$tmp"/*.o -lgcc \
            >"$tmp/log" 2>&1
    else
        # shellcheck disable=SC2046
        "ld.lld${compiler#clang}" -T $script "${at[@]}" --gc-sections \
            $(derived "$compiler" 2 | sed 's/.*: //; s/-Wl,//; s/,/ /g') \
            -o "$tmp/image.elf" "$tmp"/*.o "$lib" >"$tmp/log" 2>&1
    fi
}

# One line of the table.
build() { # compiler core board|- level flag...
    local compiler=$1 core=$2 board=$3 level=$4 flags verdict=ok windows=
    local row="$1 $2 $4 ${*:5}" port=cortex_m cc gcc target=cortex-m4 bits=32
    [[ "$row" == *"$only"* ]] || return 0
    flags="$level $(derived "$compiler" 1)"
    gcc=(arm-none-eabi-gcc -mthumb)
    cc=("${gcc[@]}")
    case $core in
    rv*)
        port=riscv target=rv32
        [[ $core != rv64* ]] || bits=64
        gcc=(riscv64-unknown-elf-gcc -mcmodel=medany)
        cc=("${gcc[@]}")
        [ "$compiler" = gcc ] ||
            cc=("$compiler" --target=riscv$bits-unknown-elf -mcmodel=medany)
        ;;
    m0*)
        target=cortex-m0
        ;&
    *)
        [ "$compiler" = gcc ] || cc=("$compiler" --target=arm-none-eabi -mthumb)
        ;;
    esac
    cc+=("${@:5}")
    gcc+=("${@:5}")
    gcc=("${gcc[@]/-flto/-fno-lto}")
    if ! compile; then
        fail "does not compile"
    elif ! link; then
        fail "does not link"
    elif [ "$board" != - ]; then
        LIMIT=1000 boards/qemu.sh "$board" "$tmp/image.elf" >"$tmp/log" 2>&1
        local status=$?
        [ $status = 0 ] || fail "runs, and ends with $status"
    fi
    if [[ $row == *-flto* ]] && [ $verdict = ok ]; then
        # irqgc_mask and irqgc_restore are two ends of the program's windows.
        if tests/windows.py --target $target --summary --skip trap_entry \
            --skip reset --skip irqgc_riscv_break --skip on_trap \
            --skip irqgc_mask --skip irqgc_restore \
            "$tmp/image.elf" >"$tmp/log" 2>&1; then
            windows=$(sed -n 's/.*longest \([0-9]*\) of .*/\1/p' "$tmp/log")
        else
            fail "a window"
        fi
    fi
    printf '%-9s %-6s %-12s %-8s %-5s %s\n' "$compiler" "$core" "$board" \
        "${windows:+$windows}" $verdict "$level ${*:5}"
}

# Every core, by one compiler at one level.
cores() { # compiler level
    local c=$1 l=$2 hard=-mfloat-abi=hard
    build "$c" m0 microbit "$l" -mcpu=cortex-m0
    build "$c" m3 mps2-an385 "$l" -mcpu=cortex-m3
    build "$c" m4 mps2-an386 "$l" -mcpu=cortex-m4
    build "$c" m4 mps2-an386 "$l" -mcpu=cortex-m4 $hard
    build "$c" m7 mps2-an500 "$l" -mcpu=cortex-m7 -mfpu=fpv5-sp-d16 $hard
    build "$c" m23 - "$l" -mcpu=cortex-m23
    build "$c" m33 mps2-an505 "$l" -mcpu=cortex-m33 $hard
    if [ "$c" = gcc ] || [ -n "${WHOLE:-}" ]; then
        build "$c" m0plus - "$l" -mcpu=cortex-m0plus
        build "$c" m1 - "$l" -mcpu=cortex-m1
        build "$c" m4 - "$l" -mcpu=cortex-m4 -mfloat-abi=softfp
        build "$c" m7 - "$l" -mcpu=cortex-m7 -mfpu=fpv5-d16 $hard
        build "$c" m33 - "$l" -mcpu=cortex-m33+nodsp+nofp
    fi
    build "$c" m55 mps3-an547 "$l" -mcpu=cortex-m55 $hard
    build "$c" m55 mps3-an547 "$l" -mcpu=cortex-m55+nofp $hard
    build "$c" rv32 virt "$l" -march=rv32imac -mabi=ilp32
    build "$c" rv32 virt "$l" -march=rv32imafc -mabi=ilp32f
    [ "$c" != gcc ] || build "$c" rv32e - "$l" -march=rv32e -mabi=ilp32e
    build "$c" rv64 virt-64 "$l" -march=rv64imac -mabi=lp64
    build "$c" rv64 virt-64 "$l" -march=rv64gc -mabi=lp64d
}

# The headers in C++.
cxx() { # command...
    local row="$* C++" verdict=ok
    [[ "$row" == *"$only"* ]] || return 0
    "$@" -ffreestanding -std=c++17 -Wall -Wextra -Werror -Iinclude \
        -DIRQGC_USES_KEEP=1 -x c++ -fsyntax-only tests/builds/headers.cc \
        >"$tmp/log" 2>&1 || fail "does not compile"
    printf '%-38s %-5s %s\n' "C++" $verdict "$*"
}

printf '%-9s %-6s %-12s %-8s %-5s %s\n' compiler core board windows "" flags
compilers=(gcc clang)
[ -z "${WHOLE:-}" ] || compilers+=(clang-16)
for compiler in "${compilers[@]}"; do
    cores "$compiler" -O2
    [ -z "${WHOLE:-}" ] || cores "$compiler" -Os
    for level in -O2 ${WHOLE:+-Os}; do
        build "$compiler" m0 microbit $level -mcpu=cortex-m0 -flto
        build "$compiler" m4 mps2-an386 $level -mcpu=cortex-m4 \
            -mfloat-abi=hard -flto
        build "$compiler" rv32 virt $level -march=rv32imac -mabi=ilp32 -flto
    done
done
cxx arm-none-eabi-g++ -mcpu=cortex-m4 -mthumb
cxx riscv64-unknown-elf-g++ -march=rv32imac -mabi=ilp32
cxx clang++ --target=arm-none-eabi -mcpu=cortex-m0 -mthumb

[ ! -e "$tmp/faults" ] || cat "$tmp/faults"
exit $failed
