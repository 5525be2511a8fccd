#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Plants one fault at a time in a copy of the project; a board must find it.

planted.py [WORD ...]    those whose name contains one of the words; default: all
planted.py --fit         only whether all of them fit the source

Each fault is compiled as firmware and run on a board of each kind of core:
preempt, an interrupt at every instruction with one action each; or the demo,
for the registers of preempted handlers; or dict, for dictionaries; or brk and
breaks, for breaks. Exit: 0 all found, 1 not, 2 a fault fits the source no more.
"""
import pathlib
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
COPIED = ("include", "src", "ports", "boards", "rig", "bench", "tests",
          "Makefile", "derived.mk")
ARM = ("microbit-256k", "mps2-an386", "mps2-an505")
ALL = ARM + ("virt",)
FPU = ("mps2-an386", "mps2-an505")
PREEMPT = ("preempt.elf", "--share", "11")
PREEMPT_DENSER = ("preempt.elf", "--share", "3")  # one instruction, on M4
DEMO = ("demo.elf",)
DICT = ("dict.elf",)
BREAKS = ("breaks.elf", "--share", "5")
BRK = ("brk.elf",)

# Name, boards, image and arguments, file, text, what it becomes.
FAULTS = [
    ("a window that forgets to restore: T12", ALL, PREEMPT, "src/sweep.c",
     "        h->state = mine - SWEEP + IDLE;\n    }\n"
     "    port_irq_restore(irq);\n",
     "        h->state = mine - SWEEP + IDLE;\n    }\n    (void)irq;\n"),
    ("a window that forgets to restore where nothing is done: T1", ALL,
     PREEMPT, "src/claim.c",
     "        op->object = head;\n    }\n    port_irq_restore(irq);\n",
     "        op->object = head;\n        port_irq_restore(irq);\n    }\n"),
    ("a window that forgets to restore where nothing is done: T28", ALL,
     PREEMPT_DENSER, "src/small.c",
     "        PORT_KEEPS(object);\n    }\n    port_irq_restore(irq);\n",
     "        PORT_KEEPS(object);\n        port_irq_restore(irq);\n    }\n"),
    ("the open group's words not compared: T28", ALL, PREEMPT_DENSER,
     "src/small.c",
     "if (h->open == g && ((head | body) & cut.run) == 0) {",
     "if (h->open == g) {"),
    ("a group's words not compared: T27", ALL, PREEMPT_DENSER, "src/free.c",
     "if (g->head == read.head && g->body == read.body && h->open == open) {",
     "if (h->open == open) {"),
    ("a store order turned round: a record linked before it is complete", ALL,
     PREEMPT_DENSER, "src/records.h",
     "    op->object = object;\n    op->below = h->records;\n"
     "    in_order(); // complete before anyone can see it\n"
     "    *(record_t *volatile *)&h->records = op;\n",
     "    record_t *const below = h->records;\n"
     "    *(record_t *volatile *)&h->records = op;\n    in_order();\n"
     "    op->object = object;\n    op->below = below;\n"),
    ("a store order turned round: the sweep's cursor after its window", ALL,
     PREEMPT, "src/sweep.c",
     "        h->unswept = unswept - 1;\n        *used = head | body;\n    }\n"
     "    port_irq_restore(irq);\n",
     "        *used = head | body;\n    }\n    port_irq_restore(irq);\n"
     "    if (is_next) {\n"
     "        *(volatile word_t *)&h->unswept = unswept - 1;\n    }\n"),
    ("a store order turned round: given back from the first group on", ALL,
     PREEMPT, "src/free.c",
     "        const word_t k = block_group(end - 1);\n",
     "        const block_t last = (block_group(first) + 1) * GROUP_BLOCKS;\n"
     "        if (last < end) {\n"
     "            blocks_release(h, op, first, last);\n"
     "            first = last;\n            continue;\n        }\n"
     "        const word_t k = block_group(end - 1);\n"),
    # No fault on a Cortex-M0 at -O2: the core's own functions save them, too.
    ("a root not scanned: r8 to r11 of a preempted handler", FPU, DEMO,
     "ports/cortex_m/cortex_m_stack.c",
     '"mov r4, r8\\n\\t"\n                     "mov r5, r9\\n\\t"\n'
     '                     "mov r6, r10\\n\\t"\n'
     '                     "mov r7, r11\\n\\t"\n',
     '"movs r4, #0\\n\\tmovs r5, #0\\n\\tmovs r6, #0\\n\\tmovs r7, #0\\n\\t"\n'),
    ("a root not scanned: s16 to s31 of a preempted handler", FPU, DEMO,
     "ports/cortex_m/cortex_m_stack.c", "vpush {s16-s31}", "sub sp, #64"),
    ("trap 18: an index published without the latest entries", ALL, DICT,
     "src/dict.c", "if (d->fresh == end) {", "if (true) {"),
    ("trap 18: get trusts what it has read", ALL, DICT, "src/dict.c",
     "    if (now(&d->deleted) == deleted) {\n        return true;\n    }\n",
     "    if (true || deleted) {\n        return true;\n    }\n"),
    ("delete does not look whose entry it is", ALL, DICT, "src/dict.c",
     "    const bool is_keys = e->key == key;\n    if (is_keys) {\n"
     "        e->key = NO_KEY;", "    const bool is_keys = true;\n"
     "    if (is_keys) {\n        e->key = NO_KEY;"),
    ("a driver without a hold: uart_send", ALL, BREAKS, "rig/devices/uart.c",
     "    irqgc_brk_hold();\n    const bool fits",
     "    irqgc_brk_hold();\n    irqgc_brk_release();\n    const bool fits"),
    ("trap 19: a delivery without a hold", ALL, BRK, "src/brk.c",
     "    n_holds = was;\n", ""),
    ("trap 19: a release that tests, then decrements", ALL, BRK, "src/brk.c",
     "    n_holds--;\n    if (n_holds == 0 && now(&waiting) != 0) {\n"
     "        arrive_later();\n    }\n",
     "    const bool is_due = n_holds == 1 && now(&waiting) != 0;\n"
     "    in_order();\n    n_holds--;\n"
     "    if (is_due) {\n        arrive_later();\n    }\n"),
    ("a delivery's hold that is not released", ARM, BRK,
     "ports/cortex_m/cortex_m_brk.c", '"bl irqgc_brk_release\\n\\t"\n', '"nop\\n\\t"\n'),
    ("a delivery's hold that is not released", ("virt",), BRK,
     "ports/riscv/riscv_brk.c", "    irqgc_brk_release();\n", ""),
    ("a delivery's hold released before SVC", ARM, BRK, "ports/cortex_m/cortex_m_brk.c",
     '"bl %c[deliver]\\n\\t"\n',
     '"bl %c[deliver]\\n\\tbl irqgc_brk_release\\n\\t'
     'bl irqgc_brk_hold\\n\\t"\n'),
    ("a break that is told after its delivery", ("virt",), BRK,
     "ports/riscv/riscv_brk.c", "    irqgc_riscv_depth--;\n", ""),
    ("a depth that a delivery does not put back", ("virt",), BRK,
     "ports/riscv/riscv_brk.c", "    irqgc_riscv_depth++;\n", ""),
    ("a frame of too few words, on the process stack", ARM, BRK,
     "ports/cortex_m/cortex_m_brk.c", "subs r0, #32", "subs r0, #24"),
    ("a break inside operations", ALL, BRK, "src/brk.c",
     "h == NULL || h->records == NULL", "h != (void *)1"),
    ("a break that an operation's end forgets", ALL, BRK, "src/records.h",
     "PORT_BREAKS && now(&h->deferred) != 0", "false"),
    ("a break that a collection's end forgets", ALL, BRK, "src/collect.c",
     "    record_drop(h, &op);\n", "    record_pop(h, &op);\n"),
    ("the FPU's registers of a frame that is left behind", FPU, BRK,
     "ports/cortex_m/cortex_m_brk.c", '"1:\\n\\t" FPU_STORE "lsrs', '"1:\\n\\tlsrs'),
    ("the FPU's registers of a frame that is dropped", FPU, BRK,
     "ports/cortex_m/cortex_m_brk.c", '"mov r2, lr\\n\\t" FPU_STORE "lsrs',
     '"mov r2, lr\\n\\tlsrs'),
    ("a frame taken for one without the FPU's registers", FPU, BRK,
     "ports/cortex_m/cortex_m_brk.c", '"ldr r1, [sp, #4]\\n\\t"',
     '"mov r1, sp\\n\\tadds r1, r1, #32\\n\\t"'),
    ("EXC_RETURN as it was, for a frame of eight words", FPU, BRK,
     "ports/cortex_m/cortex_m_brk.c", '"orrs r2, r3\\n\\t"', '"nop\\n\\t"'),
    ("an address one too low", ("mps2-an505",), BRK, "ports/cortex_m/cortex_m_brk.c",
     '"ldr r3, =%c[thread]\\n\\t"\n                '
     '"subs r3, #1\\n\\t"', '"ldr r3, =%c[thread] - 1\\n\\t"'),
    ("a root not scanned: s0 to s11 of a preempted handler", ("virt",), DEMO,
     "ports/riscv/riscv_stack.c", "    __builtin_unwind_init();\n", ""),
]


def copy(tree):
    for name in COPIED:
        source = ROOT / name
        (shutil.copytree if source.is_dir() else shutil.copy)(
            source, tree / name)
    makefile = tree / "boards" / "boards.mk"
    makefile.write_text(makefile.read_text().replace("-Werror", "-w"))


def find(tree, board, image):
    """How it is found: a line that the run ends with; None: it is not."""
    file = f"build/{board}/{image[0]}"
    subprocess.run(["make", "-s", f"BOARD={board}", file], cwd=tree, check=True)
    done = subprocess.run(["boards/qemu.sh", board, file, *image[1:]], cwd=tree,
                          capture_output=True, text=True, check=False)
    if done.returncode == 0:
        return None
    if done.returncode == 124:
        return "hangs"
    lines = done.stdout.splitlines()
    first = next((i for i, line in enumerate(lines)
                  if line.startswith(("preempt:", "fault:", "FAILED",
                                           "torture:", "brk: FAILED"))),
                 0)
    told = lines[first:first + 1] + [line for line in lines[first + 1:]
                                     if "replay" in line][:1]
    return " | ".join(told) or f"exit status {done.returncode}"


def look_for(fault):
    name, boards, image, file, old, new = fault
    with tempfile.TemporaryDirectory() as folder:
        tree = pathlib.Path(folder)
        copy(tree)
        text = (tree / file).read_text()
        (tree / file).write_text(text.replace(old, new))
        status = 0
        for board in boards:
            found = find(tree, board, image)
            status = status if found else 1
            print(f"{'found ' if found else 'MISSED'} {board:13} {name}"
                  + (f"\n       {found}" if found else ""), flush=True)
    return status


def all_fit():
    misfits = [f for f in FAULTS if (ROOT / f[3]).read_text().count(f[4]) != 1]
    for name, *_ in misfits:
        print(f"{name}: fits the source no more")
    return not misfits


def main():
    words = sys.argv[1:]
    if not all_fit():
        return 2
    if words == ["--fit"]:
        return 0
    chosen = [f for f in FAULTS
              if not words or any(w in f[0] for w in words)]
    results = [look_for(fault) for fault in chosen]
    print(f"{results.count(0)} of {len(chosen)} faults found")
    return max(results, default=2)


if __name__ == "__main__":
    sys.exit(main())
