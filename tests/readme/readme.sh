#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# The README is short, its program compiles by its own line and runs in an
# emulator, with the flags that derived.mk has; and each figure in it, and in
# pages that are written by hand, is one of those that are printed.
set -euo pipefail
cd "$(dirname "$0")/../.."
here=tests/readme
dir=build/readme
mkdir -p "$dir"

awk 'length > 80 {print FILENAME ":" FNR ": more than 80 columns"; wide = 1}
    END {if (FNR > 150) print FNR " lines, of 150"; exit wide || FNR > 150}' \
    README.md

block() { # LANGUAGE: the README's only one of it
    awk -v begin="\`\`\`$1" '$0 == begin {inside = 1; next} /^```/ {inside = 0}
        inside' README.md
}
block c >"$dir/main.c"
block sh >"$dir/compile.sh"
echo '#include "../../tests/readme/start.c"' >"$dir/start.c"
sed "s|INCLUDE |&$PWD/|" "$here/board.ld" >"$dir/board.ld"
ln -sfn ../.. "$dir/irqgc"
for flag in $(make -s -f derived.mk CC=gcc | sed -n 1p); do
    grep -q -e "$flag" "$dir/compile.sh" || {
        echo "the README compiles without $flag"
        exit 1
    }
done
(cd "$dir" && bash -eu compile.sh 2>&1 | tee compile.log)
if grep -q warning "$dir/compile.log"; then
    exit 1
fi
boards/qemu.sh mps2-an386 "$dir/firmware.elf"

for page in README.md docs/{faq,dict,breaks}.md; do
    "$here/figures.py" $page docs/{figures,benchmarks,testing,sizing,derived}.md
done
