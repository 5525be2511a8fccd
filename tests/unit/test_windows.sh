#!/bin/bash
# SPDX-License-Identifier: MIT
#
# The gate tests/windows.py is seen to pass on good windows, to count them
# right, and to fail on each planted fault, on every target whose compiler is
# installed. The snippets in C open and close their windows with the real ports.
#
#   tests/unit/test_windows.sh [TEXT]    only tests whose name contains TEXT

set -u
root=$(cd "$(dirname "$0")/../.." && pwd)
only=${1:-}
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
n_run=0
n_failed=0

# The target under test; each target's function sets them.
target= # as windows.py names it
label=  # as the tests name it
port=   # folder
cc=     # compiler and flags
enable= # a C statement that unmasks whatever was before

report() { # ok|FAIL name
    n_run=$((n_run + 1))
    echo "$1 - $label: $2"
    if [ "$1" = FAIL ]; then
        n_failed=$((n_failed + 1))
        sed 's/^/    /' "$tmp/log"
    fi
}

selected() { # name
    [[ "$label: $1" == *"$only"* ]]
}

# Runs the gate, which has to exit with `status` and to print `pattern`.
gate() { # name status pattern argument...
    local name=$1 status=$2 pattern=$3 actual verdict=ok
    shift 3
    python3 "$root/tests/windows.py" --target "$target" "$@" \
        >"$tmp/log" 2>&1
    actual=$?
    if [ $actual != "$status" ] || ! grep -Eq -- "$pattern" "$tmp/log"; then
        verdict=FAIL
        echo "exit $actual; expected $status and: $pattern" >>"$tmp/log"
    fi
    report $verdict "$name"
}

# Compiles standard input to $tmp/$object as the core is compiled.
compile() { # name language object
    # $cc is a command with flags: no quotes.
    if ! $cc -g -std=c11 -O2 -ffreestanding -I"$root/include" \
        -I"$root/src" -I"$root/ports/$port" -x "$2" -c - -o "$tmp/$3" \
        >"$tmp/log" 2>&1
    then
        report FAIL "$1: does not compile"
        return 1
    fi
}

# Not a pipe: what runs in one cannot count its failure.
compile_snippet() { # name
    compile "$1" c x.o < <(
        printf '#include "port.h"\nextern volatile int a[99];\n#line 1 "x.c"\n'
        cat)
}

# A snippet in C, from standard input, and how the gate has to judge it.
snippet() { # name status pattern
    selected "$1" || return 0
    compile_snippet "$1" && gate "$@" "$tmp/x.o"
}

# The same in assembly: for exact counts, and for what C does not compile to.
assembly() { # name status pattern
    selected "$1" || return 0
    compile "$1" assembler x.o && gate "$@" "$tmp/x.o"
}

good_window='int f(int x) {
    const port_irq_t irq = port_irq_save();
    if (a[0] == x) {
        a[1] = x;
        if (a[2] != 0) {
            a[3] = 4;
        }
    }
    port_irq_restore(irq);
    return a[9];
}'

good_snippets() {
    snippet "good, and the line it opens at" 0 '^f +x.c:2 +[0-9]+ +[0-9]+$' \
        <<<"$good_window"

    snippet "two good windows" 0 '2 windows' <<'C'
int f(int x) {
    port_irq_t irq = port_irq_save();
    a[0]++;
    port_irq_restore(irq);
    a[x]++;
    irq = port_irq_save();
    a[1]++;
    port_irq_restore(irq);
    return 0;
}
C
    snippet "loop, call and stop outside the window" 0 '1 window,' <<'C'
void ext(void);
int f(void) {
    const port_irq_t irq = port_irq_save();
    a[0]++;
    port_irq_restore(irq);
    while (a[1]) ext();
    if (port_in_handler()) port_stop("why");
    return 0;
}
C
}

# An archive or a linked image has the same windows as its object.
other_inputs() {
    local name="good, in an archive and in a linked image" longest
    selected "$name" || return 0
    compile_snippet "$name" <<<"$good_window" || return 0
    compile "$name" c definitions.o <<'C' || return 0
volatile int a[99], irqgc_posix_masked, irqgc_posix_priority;
unsigned irqgc_posix_pending;
void irqgc_posix_dispatch(void) {}
C
    longest=$(python3 "$root/tests/windows.py" --target "$target" --summary \
        "$tmp/x.o" | sed 's/ (.*//')
    (cd "$tmp" && rm -f x.a && ar rc x.a x.o)
    gate "good, in an archive" 0 "$longest" --summary "$tmp/x.a"
    if ! $cc -nostdlib -static -Wl,-e,f "$tmp/x.o" "$tmp/definitions.o" \
        -o "$tmp/x.elf" >"$tmp/log" 2>&1
    then
        report FAIL "$name: does not link"
        return 0
    fi
    gate "good, in a linked image" 0 "$longest" --summary "$tmp/x.elf"
}

options() {
    local name="options and wrong inputs"
    selected "$name" || return 0
    compile_snippet "$name" <<<"$good_window" || return 0
    gate "--bound lowers the bound" 1 'f\+.*[0-9]+ instructions, bound 2$' \
        --bound 2 "$tmp/x.o"
    gate "--skip leaves a function out" 1 'no window found' \
        --skip f "$tmp/x.o"
    gate "--json writes the table" 0 . --json "$tmp/x.json" "$tmp/x.o"
    cp "$tmp/x.json" "$tmp/log"
    if python3 -c 'import json, sys; w, = json.load(open(sys.argv[1]))
assert w["function"] == "f" and w["source"] == "x.c:2" and not w["faults"]
assert 0 < w["instructions"] <= w["bound"]' "$tmp/x.json" 2>>"$tmp/log"
    then
        report ok "--json: one window, its fields"
    else
        report FAIL "--json: one window, its fields"
    fi
    gate "no such file" 2 'no-such-file' "$tmp/no-such-file.o"
    echo 'no object' >"$tmp/text.o"
    gate "not an object" 2 'text.o' "$tmp/text.o"
}

planted_snippets() {
    snippet "no window" 1 'no window found' <<'C'
int f(int x) { return x + 1; }
C
    snippet "a loop" 1 'f\+.*contains a loop.*x.c:3' <<'C'
void f(int x) {
    const port_irq_t irq = port_irq_save();
    while (a[0] < x) a[1]++;
    port_irq_restore(irq);
}
C
    snippet "a loop back over the opening" 1 \
        'f\+.*opens a second window inside' <<'C'
void f(int x) {
    port_irq_t irq;
    do irq = port_irq_save(); while (a[0] < x);
    port_irq_restore(irq);
}
C
    snippet "a call" 1 'f\+.*contains a call.*ext.*x.c:4' <<'C'
void ext(void);
void f(void) {
    const port_irq_t irq = port_irq_save();
    ext();
    port_irq_restore(irq);
}
C
    snippet "a call through a pointer" 1 'f\+.*contains a call' <<'C'
void f(void (*g)(void)) {
    const port_irq_t irq = port_irq_save();
    g();
    port_irq_restore(irq);
}
C
    snippet "an indirect jump" 1 'f\+.*contains an indirect jump' <<'C'
void f(int x) {
    static const void *const labels[] = {&&one, &&two, &&three};
    const port_irq_t irq = port_irq_save();
    goto *labels[x];
one:
    a[0]++;
two:
    a[1]++;
three:
    port_irq_restore(irq);
}
C
    snippet "too long" 1 'f\+.*: [0-9]+ instructions, bound (24|30)$' <<'C'
#define FOUR a[1]++; a[2]++; a[3]++; a[4]++;
void f(void) {
    const port_irq_t irq = port_irq_save();
    FOUR FOUR FOUR FOUR
    port_irq_restore(irq);
}
C
    snippet "too long on one path" 1 \
        'f\+.*: [0-9]+ instructions, bound (24|30)$' <<'C'
#define FOUR a[1]++; a[2]++; a[3]++; a[4]++;
void f(int x) {
    const port_irq_t irq = port_irq_save();
    if (x == 77) { FOUR FOUR FOUR FOUR }
    port_irq_restore(irq);
}
C
    snippet "not restored on one path" 1 'f\+.*returns without restoring' <<'C'
int f(int x) {
    const port_irq_t irq = port_irq_save();
    if (x != 5) port_irq_restore(irq);
    return 7;
}
C
    snippet "an early return" 1 'f\+.*returns without restoring' <<'C'
int f(int x) {
    const port_irq_t irq = port_irq_save();
    if (a[0] == x) return 3;
    a[1] = x;
    port_irq_restore(irq);
    return a[2];
}
C
    snippet "opens here, closes elsewhere" 1 \
        'f\+.*returns without restoring' <<'C'
port_irq_t f(void) { return port_irq_save(); }
C
    snippet "closes here, opens elsewhere" 1 \
        'g\+.*restores outside any window' <<'C'
void f(void) { port_irq_restore(port_irq_save()); }
void g(port_irq_t irq) { port_irq_restore(irq); }
C
    snippet "a window in a window" 1 'f\+.*opens a second window' <<'C'
void f(void) {
    const port_irq_t outer = port_irq_save();
    const port_irq_t inner = port_irq_save();
    a[0]++;
    port_irq_restore(inner);
    port_irq_restore(outer);
}
C
    snippet "enables instead of restoring" 1 \
        'f\+.*enables interrupts instead of restoring' <<C
void f(void) {
    (void)port_irq_save();
    a[0]++;
    $enable;
}
C
}

planted_tail_jump() {
    snippet "a tail jump" 1 'f\+.*jumps out of its function.*ext' <<'C'
void ext(void);
void f(void) {
    (void)port_irq_save();
    ext();
}
C
}

x86_64() {
    target=x86-64 label=x86-64 port=posix cc=gcc
    enable='irqgc_posix_masked = 0'
    good_snippets
    planted_snippets
    planted_tail_jump
    other_inputs
    options
    assembly "the longest path is 7" 0 '1 window, longest 7 of 30' <<'S'
f:  mov irqgc_posix_masked(%rip), %eax
    movl $1, irqgc_posix_masked(%rip)
    test %edi, %edi                     # 1
    jne 1f                              # 2
    nop                                 # 3
    nop                                 # 4
    nop                                 # 5
    jmp 2f                              # 6
1:  nop                                 # 3
2:  mov %eax, irqgc_posix_masked(%rip)  # 7
    ret
S
    assembly "a loop in one instruction" 1 'f\+.*a loop: rep stos' <<'S'
f:  mov irqgc_posix_masked(%rip), %edx
    movl $1, irqgc_posix_masked(%rip)
    rep stosb
    mov %edx, irqgc_posix_masked(%rip)
    ret
S
    assembly "masks through a register" 1 \
        'f\+.*changes the masking in an unknown way.*irqgc_posix_masked' <<'S'
f:  lea irqgc_posix_masked(%rip), %rdx
    movl $1, (%rdx)
    ret
S
    assembly "the flag in the global offset table" 1 \
        'f\+.*changes the masking in an unknown way.*irqgc_posix_masked' <<'S'
f:  mov irqgc_posix_masked@GOTPCREL(%rip), %rdx
    movl $1, (%rdx)
    ret
S
    assembly "a trap" 1 'f\+.*stops without restoring: ud2' <<'S'
f:  mov irqgc_posix_masked(%rip), %eax
    movl $1, irqgc_posix_masked(%rip)
    ud2
S
    assembly "off the end of the function" 1 'f\+.*runs off the end' <<'S'
f:  movl $1, irqgc_posix_masked(%rip)
    nop
S
}

arm_snippets() { # cpu [flag]
    port=cortex_m
    cc="arm-none-eabi-gcc -mcpu=$1 -mthumb -mfloat-abi=soft ${2:-}"
    enable='__asm__ volatile("cpsie i" ::: "memory")'
    good_snippets
    planted_snippets
    snippet "a trap" 1 'f\+.*stops without restoring' <<'C'
void f(void) {
    const port_irq_t irq = port_irq_save();
    if (a[0]) __builtin_trap();
    port_irq_restore(irq);
}
C
    other_inputs
}

thumb_assembly() { # name status pattern
    assembly "$@" < <(
        printf '.syntax unified\n.thumb\n.type f, %%function\n'
        cat)
}

cortex_m0() {
    target=cortex-m0 label=cortex-m0
    arm_snippets cortex-m0
    # gcc makes no tail jumps on v6-M.
    thumb_assembly "a tail jump" 1 'f\+.*jumps out of its function.*ext' <<'S'
f:  cpsid i
    b ext
S
    thumb_assembly "the longest path is 6" 0 'longest 6 of 30' <<'S'
f:  mrs r2, primask
    cpsid i
    cmp r0, #0          @ 1
    bne 1f              @ 2
    nop                 @ 3
    nop                 @ 4
    b 2f                @ 5
1:  nop                 @ 3
2:  msr primask, r2     @ 6
    bx lr
S
    snippet "a division that became a call" 1 'f\+.*a call.*__aeabi_uidiv' <<'C'
void f(unsigned n) {
    const port_irq_t irq = port_irq_save();
    a[0] = (int)((unsigned)a[1] / n);
    port_irq_restore(irq);
}
C
    thumb_assembly "into data" 1 'f\+.*runs into data without restoring' <<'S'
f:  cpsid i
    nop
    .word 0
S
}

cortex_m4() {
    target=cortex-m4 label=cortex-m4
    arm_snippets cortex-m4
    planted_tail_jump
    thumb_assembly "all of an IT block counts" 0 'longest 5 of 24' <<'S'
f:  mrs r2, primask
    cpsid i
    cmp r0, #0          @ 1
    ite eq              @ 2
    moveq r1, #1        @ 3
    movne r1, #2        @ 4
    msr primask, r2     @ 5
    bx lr
S
    thumb_assembly "restores on a condition" 1 \
        'f\+.*returns without restoring' <<'S'
f:  mrs r2, primask
    cpsid i
    cmp r0, #0
    it eq
    msreq primask, r2
    bx lr
S
    thumb_assembly "returns on a condition" 1 \
        'f\+.*returns without restoring: bxeq lr' <<'S'
f:  mrs r2, primask
    cpsid i
    cmp r0, #0
    it eq
    bxeq lr
    msr primask, r2
    bx lr
S
    thumb_assembly "a branch by table" 1 'f\+.*an indirect jump: tbb' <<'S'
f:  mrs r2, primask
    cpsid i
    tbb [pc, r0]
    .byte 1, 1
    msr primask, r2
    bx lr
S
    label="cortex-m4 BASEPRI"
    thumb_assembly "without _MAX" 0 '2 windows, longest 3 of 24' <<'S'
f:  mrs r2, basepri
    msr basepri, r3
    cbz r0, 1f          @ 1
    nop                 @ 2
    msr basepri, r2     @ 3
    bx lr
1:  msr basepri, r2     @ 2
    mrs r2, basepri
    msr basepri, r3
    msr basepri, r2     @ 1
    bx lr
S
    arm_snippets cortex-m4 -DIRQGC_BASEPRI=0x40
}

rv32() {
    target=rv32 label=rv32 port=riscv
    cc="riscv64-unknown-elf-gcc -march=rv32imac_zicsr -mabi=ilp32"
    enable='__asm__ volatile("csrsi mstatus, 8" ::: "memory")'
    good_snippets
    planted_snippets
    planted_tail_jump
    other_inputs
    assembly "the longest path is 6" 0 '1 window, longest 6 of 24' <<'S'
f:  csrrci a5, mstatus, 8
    csrr a4, mstatus    # 1
    bnez a0, 1f         # 2
    nop                 # 3
    nop                 # 4
    j 2f                # 5
1:  nop                 # 3
2:  csrw mstatus, a5    # 6
    ret
S
    assembly "masks by a register" 1 \
        'f\+.*changes the masking in an unknown way: csrrc' <<'S'
f:  li a0, 8
    csrc mstatus, a0
    csrs mstatus, a0
    ret
S
    cc="riscv64-unknown-elf-gcc -march=rv64imac_zicsr -mabi=lp64"
    assembly "an object of another machine" 2 'expected elf32-littleriscv' <<'S'
f:  csrrci a5, mstatus, 8
    csrw mstatus, a5
    ret
S
}

run_if_installed() { # target compiler
    if command -v "$2" >/dev/null; then
        "$1"
    else
        echo "skip - $1: $2 is not installed"
    fi
}

run_if_installed x86_64 gcc
run_if_installed cortex_m0 arm-none-eabi-gcc
run_if_installed cortex_m4 arm-none-eabi-gcc
run_if_installed rv32 riscv64-unknown-elf-gcc

echo "$n_run checks, $n_failed failed"
[ $n_failed = 0 ] && [ $n_run -gt 0 ]
