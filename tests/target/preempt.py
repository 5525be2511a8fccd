#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Interrupts the heap's operations at every instruction, on a board, and proves
that no instruction was left out.

preempt.py BOARD [OPTION ...]    options of preempt/preempt.c

The firmware, preempt.elf in build/BOARD or $BOARD_OUT, notes which instructions
its interrupts came before. The emulator, run a second time, logs which ones
each operation executes. Where a masking instruction has been executed and the restoring one
has not, nothing can come between; all others must have been hit, and the last
shot that hit must be at the operation's last instruction: so each of them was
counted, those in loops as often as they are executed.

Exit: 0 all is well; 1 a failure, its line replays it; 2 cannot run.
"""
import os
import re
import subprocess
import sys

QEMU = "boards/qemu.sh"
MASKING = re.compile(r"cpsid\s|msr\s+BASEPRI_MAX,|csrrci?\s.*,mstatus,8$")
RESTORING = re.compile(r"msr\s+(PRIMASK|BASEPRI),|csrs\s+mstatus,")


def fail(text, status=1):
    print(f"preempt: {text}")
    sys.exit(status)


def tool(board, name):
    return ("riscv64-unknown-elf-" if board == "virt" else
            "arm-none-eabi-") + name


def symbols(board, image):
    """Addresses by name."""
    lines = subprocess.run([tool(board, "nm"), image], check=True, text=True,
                           capture_output=True).stdout.splitlines()
    words = (line.split() for line in lines)
    return {w[2]: int(w[0], 16) for w in words if len(w) == 3}


def masking_instructions(board, image):
    """Addresses of those that mask, and of those that restore."""
    masks, restores = set(), set()
    lines = subprocess.run([tool(board, "objdump"), "-d", image], check=True,
                           text=True, capture_output=True).stdout.splitlines()
    for line in lines:
        fields = line.split("\t", 2)
        if len(fields) < 3 or not fields[0].endswith(":"):
            continue
        address = int(fields[0][:-1], 16)
        if MASKING.match(fields[2]):
            masks.add(address)
        elif RESTORING.match(fields[2]):
            restores.add(address)
    return masks, restores


def swept(board, image, options):
    """The firmware's last line, and for each scenario its name, its length and
    the addresses that were hit."""
    run = subprocess.run([QEMU, board, image, "--places", *options],
                         check=False, text=True, capture_output=True)
    text = [line for line in run.stdout.splitlines()
            if not line.startswith("places ")]
    if run.returncode != 0:
        print("\n".join(text + run.stderr.splitlines()))
        if run.returncode == 124:
            print(f"preempt: FAILED, hangs; --tell shows where: {QEMU} {board} "
                  f"{image} --tell {' '.join(options)}")
        sys.exit(run.returncode)
    start = symbols(board, image)["board_text_start"]
    scenarios = []
    for line in run.stdout.splitlines():
        if line.startswith("places "):
            _, name, length, digits = line.split()
            bits = int(digits[::-1], 16)
            scenarios.append((name, int(length), {
                start + 2 * i for i in range(4 * len(digits))
                if bits >> i & 1}))
    return text[-1], scenarios


def executed(board, image, options):
    """For each scenario the addresses that its operation executes."""
    at = symbols(board, image)
    before = range(at["board_shot"], at["board_shot_over"])
    command = ["env", "QEMU=-singlestep -d exec,nochain", QEMU, board, image,
               "--trace", *options]
    traces, trace, entered = [], None, False
    with subprocess.Popen(command, stdout=subprocess.DEVNULL,
                          stderr=subprocess.PIPE, text=True) as run:
        for line in run.stderr:
            if not line.startswith("Trace"):
                if trace and ("recompile" in line or "Stopped" in line):
                    trace.pop()  # is logged again
                continue
            pc = int(line.split("/", 2)[1], 16)
            if trace is not None:
                if pc == at["board_shot_over"]:
                    traces.append(trace)
                    trace = None
                else:
                    trace.append(pc)
            elif pc in before:
                entered = True
            elif entered:
                trace, entered = [pc], False
    if run.returncode != 0:
        fail(f"the traced run ends with {run.returncode}", 2)
    return traces


def interruptible(trace, masks, restores):
    """Those before which an interrupt can come."""
    masked = False
    for pc in trace:
        if not masked:
            yield pc
        if pc in masks:
            masked = True
        elif pc in restores:
            masked = False


def main():
    if len(sys.argv) < 2:
        fail(__doc__.split("\n\n")[1], 2)
    board, options = sys.argv[1], sys.argv[2:]
    image = os.environ.get("BOARD_OUT", f"build/{board}") + "/preempt.elf"
    summary, scenarios = swept(board, image, options)
    traces = executed(board, image, options)
    if not scenarios or len(traces) != len(scenarios):
        fail(f"{len(scenarios)} scenarios, {len(traces)} traces", 2)
    masks, restores = masking_instructions(board, image)
    n_executed, n_positions, places, hit_places = 0, 0, set(), set()
    for (name, length, hits), trace in zip(scenarios, traces):
        due = list(interruptible(trace, masks, restores))
        missed = set(due) - hits
        for pc in sorted(missed):
            print(f"preempt: never interrupted in {name}: {pc:#x}")
        if length != len(trace):
            print(f"preempt: {name} executes {len(trace)} instructions, "
                  f"{length} were counted")
        if missed or length != len(trace):
            fail(f"FAILED, not covered; replay: {sys.argv[0]} {board} "
                 f"{' '.join(options)}")
        n_executed += len(trace)
        n_positions += len(due)
        places |= {(name, pc) for pc in due}
        hit_places |= {(name, pc) for pc in set(due) & hits}
    print(summary)
    print(f"preempt: executed {n_executed} instructions, "
          f"{n_executed - n_positions} of them in windows; places "
          f"{len(hit_places)} of {len(places)} executed outside windows")
    pcs = {pc for _, pc in places}
    print(f"preempt: {len(pcs)} different instructions, in "
          f"{len(scenarios)} scenarios on {board}")


if __name__ == "__main__":
    main()
