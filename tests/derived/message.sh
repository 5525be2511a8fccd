#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# The header tells whoever compiles with neither the flags nor IRQGC_KEEP, and
# nobody else; it is no error where warnings are. IRQGC_KEEP compiles for any
# pointer.
set -euo pipefail
cd "$(dirname "$0")/../.."
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
cat >"$tmp/user.c" <<'END'
#include "irqgc/irqgc.h"
int user(const int *p, char *q, void *volatile r);
int user(const int *p, char *q, void *volatile r) {
    const int sum = p[3] + q[2];
    IRQGC_KEEP(p);
    IRQGC_KEEP(q);
    IRQGC_KEEP(r);
    return sum;
}
END

says() { # yes|no compiler...
    local wanted=$1 found=no
    shift
    "$@" -O2 -Wall -Wextra -Wpedantic -Werror -Iinclude -c "$tmp/user.c" \
        -o "$tmp/user.o" 2>"$tmp/log" || {
        echo "FAIL - $*: does not compile"
        cat "$tmp/log"
        exit 1
    }
    ! grep -q 'message\|docs/derived.md' "$tmp/log" || found=yes
    [ $found = "$wanted" ] || {
        echo "FAIL - $*: wanted a message: $wanted"
        exit 1
    }
    echo "ok - $*: $wanted"
}

for compiler in "gcc -std=c11" "clang -std=c11" "clang -x c++ -std=c++17" \
    "arm-none-eabi-gcc -mcpu=cortex-m0 -mthumb -std=gnu17"; do
    # These are words: no quotes.
    says yes $compiler
    says no $compiler -DIRQGC_USES_KEEP=1
    says no $compiler $(make -s -f derived.mk CC="${compiler%% *}" | sed -n 1p)
done
