#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# The Zephyr module, as far as it goes without Zephyr: who may choose it in
# Kconfig, whether its manifests are well-formed; and its CMake file, the sample
# and a test of the stacks, built by a stand-in for Zephyr that lays stacks as
# Zephyr does, and run on emulated boards. zephyr/ beside this has the stand-in.
set -euo pipefail
cd "$(dirname "$0")/../.."
. tests/packages/expect.sh
stand_in=$PWD/tests/packages/zephyr
export ZEPHYR_BASE=$stand_in

"$stand_in/structure.py"
echo "ok - module.yml, sample.yaml"
"$stand_in/kconfig.py" check
echo "ok - Kconfig"

configure() { # app folder board variable...
    cmake -S "$1" -B "$2" -DBOARD_LIBC="$PWD/boards/libc" "${@:4}" \
        "${toolchain[@]}"
}

# What the core of the board is for CMake, and for tests/windows.py.
board_set() { # board
    case $1 in
    virt)
        core=(-march=rv32imac_zicsr -mabi=ilp32 -mcmodel=medany)
        prefix=riscv64-unknown-elf- symbol=BOARD_RISCV target=rv32
        ;;
    *)
        core=(-mcpu=cortex-m3 -mthumb)
        prefix=arm-none-eabi- symbol=BOARD_ARM target=cortex-m3
        ;;
    esac
    toolchain=(-DCMAKE_SYSTEM_NAME=Generic -DCMAKE_C_COMPILER="${prefix}gcc"
        -DCMAKE_C_FLAGS="${core[*]}" -DBOARD_SYMBOL="$symbol")
    compiler=gcc flag=-fno-ivopts
}

run() { # board app last-line
    local name
    name=$1-$(basename "$2")
    quiet configure "$2" "$tmp/$name" "$1"
    quiet cmake --build "$tmp/$name"
    grep -q -- "$flag" "$tmp/$name/CMakeFiles/app.dir/flags.make"
    quiet make -s -f tests/packages/zephyr/image.mk BOARD="$1" FLOAT=soft \
        COMPILER="$compiler" BOARD_OUT="$tmp/$1-$compiler" LIBS="$tmp/$name"
    LIMIT=500 boards/qemu.sh "$1" "$tmp/$name/zephyr.elf" >"$tmp/out" || true
    tail -n 1 "$tmp/out" | grep -q "$3" || {
        echo "FAIL $name"
        cat "$tmp/out"
        exit 1
    }
    echo "ok - $name: $(tail -n 1 "$tmp/out")"
}

for board in mps2-an385 virt; do
    board_set $board
    run $board "$stand_in/roots" "roots: ok"
    run $board zephyr/samples/three_timers "three timers: ok"
    libraries=$tmp/$board-roots
    (cd "$libraries" && "${prefix}ar" x modules/irqgc/libirqgc.a && rm mask.c*)
    tests/windows.py --target $target --summary "$libraries"/*.c*.o*
done

board_set mps2-an385
toolchain+=(-DCMAKE_C_COMPILER=clang -DCMAKE_AR="$(command -v "${prefix}ar")"
    -DCMAKE_C_FLAGS="--target=arm-none-eabi ${core[*]}")
compiler=clang flag=-disable-lsr
rm -r "$tmp/mps2-an385-roots"
run mps2-an385 "$stand_in/roots" "roots: ok"
