#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# The library as two files: compiles by gcc and clang, for each kind of core,
# without a warning, gives the linker the public names and no other, keeps its
# masked windows short, and links where link-time optimisation parts it.
set -euo pipefail
cd "$(dirname "$0")/../.."
. tests/packages/expect.sh
warnings=(-std=c11 -Wall -Wextra -Wpedantic -Wshadow -Wconversion
    -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wundef -Werror)

# What each platform is compiled by; the cross compilers as firmware has them.
platforms=(host host-32 m0 m4 m33 rv32)
command_for() { # compiler platform
    local arm=(-mthumb "-mcpu=cortex-$2" -ffreestanding)
    local riscv=(-march=rv32imac_zicsr -mabi=ilp32 -ffreestanding)
    case $1-$2 in
    *-host) cc=("$1") ;;
    *-host-32) cc=("$1" -m32 -idirafter /usr/include/x86_64-linux-gnu) ;;
    gcc-rv32) cc=(riscv64-unknown-elf-gcc "${riscv[@]}") ;;
    gcc-*) cc=(arm-none-eabi-gcc "${arm[@]}") ;;
    clang-rv32)
        cc=(clang --target=riscv32-unknown-elf "${riscv[@]}")
        cc[2]=-march=rv32imac # clang 14 knows no zicsr
        ;;
    clang-*) cc=(clang --target=arm-none-eabi "${arm[@]}") ;;
    esac
    # shellcheck disable=SC2207
    cc+=($(packages/derived.sh "$1"))
}

# ---- Names -------------------------------------------------------------------

# What irqgc.h declares: functions, variables, and names by __asm__.
public_names() { # folder
    "${cc[@]}" -E -P "$1/irqgc.h" | python3 -c '
import re, sys
text = re.sub(r"\{[^{}]*\}", "", sys.stdin.read())
for statement in text.split(";"):
    label = re.search(r"__asm__\(\"\w*\" \"irqgc_\" \"(\w+)\"\)", statement)
    name = (re.search(r"\b(irqgc_\w+)\(", statement) or
            re.search(r"\bextern .*\b(irqgc_\w+)$", statement))
    if label:
        print("irqgc_" + label[1])
    elif name and "typedef" not in statement:
        print(name[1])'
}

# Compiles, and compares the names: fails with what differs.
names() { # folder compiler platform flag...
    local folder=$1
    command_for "$2" "$3"
    "${cc[@]}" "${warnings[@]}" "${@:4}" -c -o "$tmp/irqgc.o" "$folder/irqgc.c"
    # The trace hook is the program's.
    diff <(public_names "$folder" | grep -vx irqgc_trace | sort -u) \
        <(nm -g --defined-only "$tmp/irqgc.o" | awk '{print $NF}' |
            grep -v __x86.get_pc_thunk | sort)
}

# ---- Masked windows ----------------------------------------------------------

# But those of irqgc_mask, which the program closes, and where a break's
# delivery lets interrupts in.
windows_of() { # core object
    local target=cortex-$1 tools=arm-none-eabi-
    [ "$1" != rv32 ] || target=rv32 tools=riscv64-unknown-elf-
    ${tools}objcopy -w -R '*.irqgc_mask' -R '*.irqgc_restore' \
        -R '*.irqgc_riscv_break' "$2"
    tests/windows.py --target "$target" --summary "$2"
}

windows() { # folder compiler core level
    command_for "$2" "$3"
    "${cc[@]}" "$4" -ffunction-sections -c -o "$tmp/windows.o" "$1/irqgc.c"
    windows_of "$3" "$tmp/windows.o"
}

# ---- All of it ---------------------------------------------------------------

two=$tmp/two
quiet packages/amalgamate.py "$two"
for compiler in gcc clang; do
    for platform in "${platforms[@]}"; do
        quiet names "$two" $compiler "$platform" -O2 -ffunction-sections
        mv "$tmp/irqgc.o" "$tmp/$compiler-$platform.o"
    done
    for platform in ${WHOLE:+host-32 m0 m33 rv32} host m4; do
        quiet names "$two" $compiler "$platform" -O0
        quiet names "$two" $compiler "$platform" -Os -DIRQGC_DEBUG=1
    done
    echo "ok - names and warnings, $compiler: ${platforms[*]}"
    for core in m0 m4 rv32; do
        quiet windows_of $core "$tmp/$compiler-$core.o"
        echo "ok - $compiler -O2: $(cat "$tmp/log")"
        for level in ${WHOLE:+-Os}; do
            quiet windows "$two" $compiler $core "$level"
            echo "ok - $compiler $level: $(cat "$tmp/log")"
        done
    done
done

# A program in C, in C++, and with the parts of the file far from each other.
for source in main.c main.cpp handler.c; do
    sed 's|<irqgc/.*>|"irqgc.h"|' "tests/packages/user/$source" >"$two/$source"
done
# shellcheck disable=SC2207
derived=($(packages/derived.sh gcc))
quiet gcc "${derived[@]}" -c -o "$tmp/host.o" "$two/irqgc.c"
quiet gcc "${derived[@]}" -o "$tmp/user" "$two/main.c" "$tmp/host.o"
quiet g++ "${derived[@]}" -o "$tmp/user++" "$two/main.cpp" "$tmp/host.o"
quiet gcc "${derived[@]}" -O2 -flto -flto-partition=max -o "$tmp/user-lto" \
    "$two/main.c" "$two/irqgc.c"
expect "C, C++, -flto" "$tmp/user" "$tmp/user++" "$tmp/user-lto"
cat >"$two/vectors.c" <<'END'
#include "irqgc.h"
void (*const vectors[])(void) = {irqgc_cortex_m_pendsv, irqgc_cortex_m_svcall};
int main(void) {
    return vectors[0] == 0 || irqgc_collect(0);
}
END
command_for gcc m4
quiet "${cc[@]}" -O2 -flto -flto-partition=max --specs=nosys.specs \
    -o "$tmp/vectors" "$two/vectors.c" "$two/irqgc.c"
echo "ok - assembly finds statics with -flto-partition=max"

# A port of one's own: the sources behind irqgc.c.
mkdir "$tmp/own"
sed 's|#include "../../src/.*||' ports/posix/irqgc_port.h >"$tmp/own/irqgc_port.h"
{
    echo '#include "irqgc.c"'
    sed 's|^#include ".*||' ports/posix/*.c
} >"$tmp/own/own.c"
quiet gcc "${derived[@]}" -I"$tmp/own" -I"$two" -o "$tmp/user-own" \
    "$two/main.c" "$tmp/own/own.c"
expect "a port of one's own" "$tmp/user-own"

# ---- Each check has to fail --------------------------------------------------

planted() { # what text sed-script check...
    local what=$1 text=$2 script=$3
    rm -rf "$tmp/planted"
    cp -r "$two" "$tmp/planted"
    sed -i "$script" "$tmp/planted/irqgc.c"
    if cmp -s "$two/irqgc.c" "$tmp/planted/irqgc.c" ||
        "$4" "$tmp/planted" "${@:5}" >"$tmp/log" 2>&1 ||
        ! grep -q "$text" "$tmp/log"; then
        echo "FAIL $what is not found"
        exit 1
    fi
    echo "ok - planted: $what"
}
planted "an internal function that is external" '^> misuse$' \
    's/^static \(.* void misuse(\)/\1/' names gcc host -O2
again='now(\&waiting); now(\&waiting); now(\&waiting); now(\&waiting);'
planted "a longer window" 'instructions, bound 24$' \
    "s/^    waiting = 1;/& $again $again $again $again $again $again/" \
    windows gcc m4 -O2
