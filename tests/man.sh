#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# The man page: nothing that mandoc or groff warn of, every public function,
# flag and refusal is in one of its lists, and its program compiles and ends with
# 0.
set -euo pipefail
cd "$(dirname "$0")/.."
page=docs/man/irqgc.3
out=build/man
mkdir -p "$out"
failed=0

fail() {
    echo "man: $1"
    failed=1
}

mandoc -Tlint -W warning "$page" || fail "mandoc warns"
man --warnings -l "$page" 2>"$out/warnings" >/dev/null
[ ! -s "$out/warnings" ] || fail "groff warns: $(cat "$out/warnings")"

names=$(PYTHONPATH=docs/site python3 -c 'import filter
print(*sorted(filter.KNOWN), sep="\n")')
n=0
for name in $names; do
    grep -Eq "^\.It (.*, )?Fn $name( |\$)" "$page" || fail "lacks $name"
    n=$((n + 1))
done
[ $n -gt 40 ] || fail "only $n functions seen"
sed -n '/^typedef enum/,/^}/s/^    \(IRQGC_[A-Z_]*\).*/\1/p' \
    include/irqgc/irqgc.h >"$out/values"
while read -r name; do
    [ "$name" = IRQGC_OK ] || grep -q "^\.It Dv $name\$" "$page" ||
        fail "lacks $name"
done <"$out/values"
[ "$(wc -l <"$out/values")" -gt 10 ] || fail "no flags and refusals seen"

sed -n '/^\.Bd -literal$/,/^\.Ed$/{//!p}' "$page" >"$out/program.c"
# shellcheck disable=SC2046 # these are words
gcc -std=c11 -D_GNU_SOURCE -Wall -Wextra -Werror -O2 \
    $(make -s -f derived.mk CC=gcc | sed -n 1p) -Iinclude "$out/program.c" \
    src/*.c ports/posix/*.c -o "$out/program"
"$out/program" || fail "its program fails"
[ $failed -eq 0 ] && echo "man: $n functions"
