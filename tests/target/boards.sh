#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Runs on every emulated board what has to run there:
#
#   demo     registers of preempted handlers, nesting, shots
#   rig      an emulated second
#   unit     the host's unit suites, as far as the board's memory goes (a
#            microbit-4m runs all on a Cortex-M0)
#   preempt  interrupts at every instruction of the heap's operations, each with
#            one action in turn, and proof that none was left out; and in pairs
#            at a sample of them. Once with windows that mask by BASEPRI. 16 KiB
#            are too few: not on a plain microbit
#   dict     the host's suite of dictionaries: every operation interrupted at
#            every instruction, each with one handler in turn
#   derived  objects used for the last time, in code that is compiled with the
#            flags of derived.mk, and in code that uses IRQGC_KEEP instead
#   breaks   the host's suite of breaks, drivers too, the same way
#   brk      a break requested by a handler at every instruction of the heap's
#            operations, of holds, and of one that has a value in every register;
#            its delivery returns, or leaves for good
#
# And the gate: what goes wrong there is told, and fails, also a rig whose
# windows do not keep all of its handlers out.
#
#   tests/target/boards.sh [TEXT]    only tests whose name contains TEXT
#
#   COMPILER=gcc  clang: all of it, and not a sample
#   MAKEFILE=...  the Makefile to take
#   WHOLE=1       the long suites on every core, not on M0, M4 and RV32 alone
#   SHARE=11      one of so many actions at an instruction; 1: all, in minutes
#   SHARE2=599    in pairs, one of so many of those of the handler, and at one
#                 of so many of the operation's instructions; 1: all, in days
#   STEPS=10000   of the random heap
set -u
cd "$(dirname "$0")/../.." || exit 2
only=${1:-}
makefile=${MAKEFILE:-Makefile}
compiler=${COMPILER:-gcc} suffix=
[ "$compiler" = gcc ] || suffix=-$compiler
share=${SHARE:-11} share2=${SHARE2:-599} steps=${STEPS:-10000}
root=build/boards
out=$(mktemp)
trap 'rm -f "$out"' EXIT
failed=()

boards=(microbit microbit-256k mps2-an385 mps2-an386 mps2-an500 mps2-an505
    netduinoplus2 virt)

report() { # ok|FAIL name
    echo "$1 - $2"
    if [ "$1" = FAIL ]; then
        failed+=("$2")
        tail -n 25 "$out" | sed 's/^/    /'
    fi
}

# An image: the board's, or with other variables in a folder of its own. By gcc
# without debug information: the code is the same, but sooner made. Not so by
# clang, whose -g makes other code of src/mark.c.
build() { # board image [variable...]
    local variable extra='' others=()
    for variable in "${@:3}"; do
        case $variable in
        EXTRA=*) extra=${variable#*=} ;;
        *) others+=("$variable") ;;
        esac
    done
    [ "$compiler" != gcc ] || extra+=" -g0"
    make -s --no-print-directory -f "$makefile" BOARD="$1" EXTRA="$extra" \
        COMPILER="$compiler" "${others[@]}" "$2" >"$out" 2>&1
}

# Runs an image, and compares its exit status, one of some, and what it prints.
expect() { # name status pattern board image argument...
    local name=$1 status=$2 pattern=$3 verdict=ok got
    shift 3
    boards/qemu.sh "$@" >"$out" 2>&1
    got=$?
    echo "status $got, not $status" >>"$out"
    [[ " $status " == *" $got "* ]] || verdict=FAIL
    grep -q -- "$pattern" "$out" || verdict=FAIL
    report $verdict "$name"
}

# Interrupts at every instruction; what is printed, too, is checked by the tool.
preempt() { # board folder [variable...]
    local board=$1 folder=$2$suffix name verdict=ok
    local file=$folder/preempt.elf
    name="preempt ${folder#"$root"/}"
    [[ "$name" == *"$only"* ]] || return 0
    if ! build "$board" "$file" BOARD_OUT="$folder" "${@:3}" ||
        ! BOARD_OUT=$folder \
        tests/target/preempt.py "$board" --share "$share" >"$out" 2>&1; then
        verdict=FAIL
    fi
    report $verdict "$name"
    [ $verdict = FAIL ] || sed -n 's/^preempt: /     /p' "$out"
    expect "$name, pairs" 0 "points [1-9]" "$board" "$file" \
        --depth 2 --share "$share2" --share2 "$share2"
    sed -n 's/^preempt: /     /p' "$out"
}

# Without counting instructions: twice as fast.
# oom counts calls that the linker wraps; ld.lld wraps those of an object to
# itself, too.
unit() { # board suite
    [ "$compiler-$2" != clang-oom ] || return 0
    SHIFT=no check "unit $1 $2" 0 "^unit: .* tests passed$" "$1" \
        "test_$2.elf" -- "STEPS=$steps"
}

# The emulator goes at the speed of rig.mk for the rig, at its own elsewhere.
check() { # name status pattern board image-file [variable...] -- argument...
    local name=$1$suffix status=$2 pattern=$3 board=$4 file=$5 variables=()
    shift 5
    [[ "$name" == *"$only"* ]] || return 0
    local folder=$root/$board$suffix
    while [ "$1" != -- ]; do
        [ "${1%%=*}" != BOARD_OUT ] || folder=${1#*=}$suffix
        variables+=("$1")
        shift
    done
    variables+=("BOARD_OUT=$folder")
    shift
    if ! build "$board" "$folder/$file" "${variables[@]}"; then
        report FAIL "$name (build)"
        return
    fi
    expect "$name" "$status" "$pattern" "$board" "$folder/$file" "$@"
}

# Whether a long suite is left out: it has no room, or the core is another
# board's. With SHARE=1 it is not.
short_of() { # board [board...]
    local short=" netduinoplus2 ${*:2} "
    [ -n "${WHOLE:-}" ] || short+="mps2-an385 mps2-an500 mps2-an505 "
    [ "$1" = microbit ] ||
        { [ "$share" -gt 1 ] && [[ "$short" == *" $1 "* ]]; }
}

rig=(rig.elf)
second=(-- --seconds 1 --seed 2)

for board in "${boards[@]}"; do
    check "demo $board" 0 "^shots: .*, faults 0$" "$board" demo.elf --
    SHIFT=3 check "rig $board" 0 "^rig: ok$" "$board" "${rig[@]}" "${second[@]}"
done

for board in "${boards[@]}"; do
    unit "$board" word
    short_of "$board" || preempt "$board" "$root/$board"
done
preempt mps2-an386 "$root"/mps2-an386-basepri EXTRA=-DIRQGC_BASEPRI=0x40
# Suite and core as one. clang's driver links no such objects for these cores.
[ "$compiler" != gcc ] || preempt mps2-an386 "$root"/mps2-an386-lto EXTRA=-flto
for board in "${boards[@]}"; do
    short_of "$board" || check "dict $board" 0 \
        "^torture: scenarios 23, points [1-9]" "$board" dict.elf -- \
        --share "$share"
    check "derived $board" 0 "^torture: scenarios 2, points [1-9]" "$board" \
        derived.elf --
    check "derived $board, kept" 0 "^torture: scenarios 2, points [1-9]" \
        "$board" derived-keep.elf --
    short_of "$board" || check "breaks $board" 0 \
        "^torture: scenarios 56, points [1-9]" "$board" breaks.elf -- \
        --share $((5 * share))
    short_of "$board" mps2-an500 ||
        check "brk $board" 0 "^brk: ok, shots [1-9]" "$board" brk.elf --
done
check "brk microbit" 0 "^brk: ok, shots [1-9]" microbit brk.elf --
check "brk mps2-an386-basepri" 0 "^brk: ok, shots [1-9]" mps2-an386 brk.elf \
    BOARD_OUT="$root"/mps2-an386-basepri EXTRA=-DIRQGC_BASEPRI=0x40 --
for board in microbit-4m mps2-an385 mps2-an386 mps2-an500 mps2-an505 virt; do
    for suite in hints heap collect misuse oom random; do
        unit "$board" $suite
    done
done
for suite in heap misuse oom; do
    unit microbit-256k $suite
done
for suite in misuse oom; do
    unit netduinoplus2 $suite
done

small=(BOARD_OUT="$root"/microbit-256k-Os BOARD_OPTIMISE=-Os)
check "demo microbit-256k -Os" 0 "^shots: .*, faults 0$" \
    microbit-256k demo.elf "${small[@]}" --
SHIFT=3 check "rig microbit-256k -Os" 0 "^rig: ok$" \
    microbit-256k rig.elf "${small[@]}" "${second[@]}"

# ---- With clang ------------------------------------------------------------

# A sample. COMPILER=clang takes all of the above.
if [ "$compiler" = gcc ]; then
    compiler=clang suffix=-clang
    for board in mps2-an386 microbit-256k mps2-an505 virt; do
        check "demo $board" 0 "^shots: .*, faults 0$" "$board" demo.elf --
    done
    SHIFT=3 check "rig mps2-an386" 0 "^rig: ok$" mps2-an386 "${rig[@]}" \
        "${second[@]}"
    unit microbit-256k heap
    unit virt heap
    preempt mps2-an386 "$root"/mps2-an386
    preempt virt "$root"/virt
    check "dict microbit-256k" 0 "^torture: scenarios 23, points [1-9]" \
        microbit-256k dict.elf -- --share $((5 * share))
    check "breaks mps2-an386" 0 "^torture: scenarios 56, points [1-9]" \
        mps2-an386 breaks.elf -- --share $((11 * share))
    check "brk virt" 0 "^brk: ok, shots [1-9]" virt brk.elf --
    compiler=gcc suffix=
fi

# ---- Contexts that a debug build stops -------------------------------------

# How each is reported: by a fault, or, from the two most urgent handlers, by
# what the firmware prints.
stopped() { # board suffix where text
    local status=99 text="  stopped: $4"
    case $3 in
    nmi | hardfault) status=7 text=$4 ;;
    esac
    check "context $1$2 $3" "$status" "^$text" "$1" context.elf \
        BOARD_OUT="$root/$1-debug$2" "EXTRA=-DIRQGC_DEBUG=1 ${2:+$ceiling}" -- "$3"
}
allowed() { # board suffix
    check "context $1$2 allowed" 0 "" "$1" context.elf \
        BOARD_OUT="$root/$1-debug$2" "EXTRA=-DIRQGC_DEBUG=1 ${2:+$ceiling}" \
        -- allowed
}
ceiling=-DIRQGC_BASEPRI=0x80
allowed mps2-an386 ""
stopped mps2-an386 "" nmi "in the handler of NMI"
stopped mps2-an386 "" hardfault "in the handler of HardFault"
stopped mps2-an386 "" unprivileged "unprivileged"
stopped mps2-an386 "" process-stack "on a process stack that is not known"
allowed mps2-an386 -ceiling
stopped mps2-an386 -ceiling ceiling "in a handler more urgent than the ceiling"
stopped mps2-an386 -ceiling nmi "in the handler of NMI"
allowed microbit-256k ""
stopped microbit-256k "" process-stack "on a process stack that is not known"
allowed virt ""
stopped virt "" depth "irqgc_riscv_depth was counted down"
stopped virt "" stack "on a stack that is not known"

# ---- The gate --------------------------------------------------------------

for board in microbit mps2-an386 virt; do
    check "gate $board: status" 7 "" $board gate.elf -- status
    check "gate $board: trap" 99 "^fault: exception " $board gate.elf -- trap
    check "gate $board: the firmware's part of a report" 99 "^on_fault$" \
        $board gate.elf -- trap
    LIMIT=20 check "gate $board: endless" 124 "^limit: " $board gate.elf -- endless
done
for board in mps2-an386 mps2-an505 virt; do
    check "gate $board: stack overflow" 99 "^fault: exception " \
        $board gate.elf -- overflow
done

# Levels 2 and 3 are more urgent than this ceiling allows: windows do not keep
# them out.
SHIFT=3 check "gate: unmasked handlers are found" 1 "^rig: FAILED (.*); replay" \
    mps2-an386 rig.elf BOARD_OUT="$root"/mps2-an386-unmasked \
    EXTRA=-DIRQGC_BASEPRI=0xC0 -- --seconds 60 --seed 2
# Nor the shots out, here. What they break may end in a fault of the board, 99.
check "gate: unmasked shots are found" "1 99" "^preempt: FAILED; replay" \
    mps2-an386 preempt.elf BOARD_OUT="$root"/mps2-an386-unmasked-shots \
    EXTRA=-DIRQGC_BASEPRI=0xE0 -- --share 11
SHIFT=3 check "gate: bad input" 2 "^rig: unknown option --frequency" \
    mps2-an386 rig.elf -- --frequency 3
SHIFT=3 check "gate: too large a heap" 2 "^rig: out of memory" \
    mps2-an386 rig.elf -- --heap 5000

# With neither the flags nor IRQGC_KEEP.
check "gate: an object lost at its last use is found" 1 \
    "^torture: a live table was collected" mps2-an386 derived-bare.elf -- \
    --scenario newest

# Of two instructions, one is left out.
name="gate: an instruction left out is found"
if [[ "$name" == *"$only"* ]]; then
    build mps2-an386 "$root"/mps2-an386/preempt.elf BOARD_OUT="$root"/mps2-an386
    BOARD_OUT=$root/mps2-an386 tests/target/preempt.py mps2-an386 \
        --heap sparse --operation alloc --share 22 >"$out" 2>&1
    if [ $? -eq 1 ] && grep -q "^preempt: FAILED, not covered" "$out"; then
        report ok "$name"
    else
        report FAIL "$name"
    fi
fi
check "gate: bad options" 2 "^preempt: bad options" \
    mps2-an386 preempt.elf -- --sharing 3

# Last, where it is seen.
for name in "${failed[@]}"; do
    echo "FAIL - $name"
done
[ ${#failed[@]} -eq 0 ]
