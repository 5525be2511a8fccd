#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Builds the library on the host as a user would, with the README's flags for
# the compiler and nothing else that the line does not name, and runs a program
# with it: tests/builds/selftest.c, whose every failure is a line of it.
#
#   tests/builds/host.sh [TEXT]    only the builds whose name contains TEXT
set -u
cd "$(dirname "$0")/../.." || exit 2
only=${1:-}
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
sources=(src/*.c ports/posix/*.c)
n=0
failed=0
declare -A known

derived() { # compiler
    [ -n "${known[$1]:-}" ] || known[$1]=$(make -s -f derived.mk CC="$1" | sed -n 1p)
    echo "${known[$1]}"
}

fail() { # name
    echo "FAIL $1"
    sed 's/^/    /' "$tmp/log" | head -20
    failed=$((failed + 1))
}

selected() { # name
    [[ "$1" == *"$only"* ]] || return 1
    n=$((n + 1))
}

# run: what the program is begun by.
run=()

# One command, as in the README, and the program.
recipe() { # name compiler flag...
    local name=$1 compiler=$2
    selected "$name" || return 0
    shift 2
    # shellcheck disable=SC2046
    "$compiler" tests/builds/selftest.c "${sources[@]}" -Iinclude \
        $(derived "$compiler") "$@" -o "$tmp/program" >"$tmp/log" 2>&1 &&
        ! grep -q warning "$tmp/log" &&
        timeout 60 "${run[@]}" "$tmp/program" >>"$tmp/log" 2>&1 ||
        fail "$name"
}

# The library as objects, by the C compiler; the program in C++, strict.
cplusplus() { # name compiler C++-compiler standard
    local name=$1 compiler=$2
    selected "$name" || return 0
    rm -f "$tmp"/*.o
    local folder=$PWD source flags
    flags=$(derived "$compiler")
    # shellcheck disable=SC2086
    (cd "$tmp" && "$compiler" -O1 -c "${sources[@]/#/$folder/}" \
        -I"$folder/include" $flags &&
        cp "$folder/tests/builds/selftest.c" program.cpp &&
        "$3" "-std=$4" -Wall -Wextra -Wpedantic -Werror -O1 program.cpp *.o \
            -I"$folder/include" $flags -o program) \
        >"$tmp/log" 2>&1 &&
        timeout 60 "$tmp/program" >>"$tmp/log" 2>&1 ||
        fail "$name"
}

# Debian's multilib package has no asm/ where its compiler looks.
m32=(-m32 -idirafter "/usr/include/$(gcc -print-multiarch)")
c99_gone=(-Werror=implicit-function-declaration -Werror=int-conversion
    -Werror=incompatible-pointer-types)
strict=(-Wall -Wextra -Wpedantic -Werror)

# What one compiler is tried with, another need not be.
for level in 1 2 3 s; do
    recipe "gcc-O$level" gcc "-O$level"
done
recipe gcc gcc
recipe gcc-c11 gcc -std=c11 -O2 "${strict[@]}"
recipe gcc-gnu17 gcc -std=gnu17
recipe gcc-c2x gcc -std=c2x -O2 "${c99_gone[@]}"
recipe gcc-debug gcc -DIRQGC_DEBUG=1
recipe gcc-pie gcc -O2 -fPIE -pie
recipe gcc-no-pie gcc -O2 -fno-PIE -no-pie
for cc in clang-14 clang-16; do
    recipe "$cc" "$cc"
    recipe "$cc-c11" "$cc" -std=c11 -O2 "${strict[@]}"
    recipe "$cc-O3" "$cc" -O3
    recipe "$cc-sanitized" "$cc" -O1 -g -fsanitize=address,undefined \
        -fno-sanitize-recover=all
done
recipe clang-14-debug clang-14 -g -DIRQGC_DEBUG=1
recipe clang-14-Os clang-14 -Os
recipe clang-14-no-pie clang-14 -O1 -fno-PIE -no-pie
recipe clang-16-c2x clang-16 -std=c2x -O2 "${c99_gone[@]}"
recipe clang-16-pie clang-16 -O2 -fPIE -pie
recipe gcc-c99-gone gcc -std=gnu17 "${c99_gone[@]}"
recipe gcc-lto gcc -O2 -flto
recipe gcc-32 gcc -O2 "${m32[@]}"
recipe gcc-32-debug gcc "${m32[@]}" -DIRQGC_DEBUG=1
recipe clang-lto clang-14 -O2 -flto -fuse-ld=lld-14 \
    "$(make -s -f derived.mk CC=clang-14 | sed -n 's/.*link, too: //p')"
recipe clang-safe-stack clang-14 -O2 -fsanitize=safe-stack
recipe clang-16-safe-stack clang-16 -fsanitize=safe-stack
recipe musl musl-gcc -O2
recipe musl-static musl-gcc -O2 -static -std=c11
recipe musl-debug musl-gcc -static -DIRQGC_DEBUG=1
recipe static-debug gcc -static -DIRQGC_DEBUG=1
run=(qemu-aarch64 -L /usr/aarch64-linux-gnu)
recipe aarch64 aarch64-linux-gnu-gcc -O2
recipe aarch64-debug aarch64-linux-gnu-gcc -DIRQGC_DEBUG=1
run=()
export ASAN_OPTIONS=detect_stack_use_after_return=1
recipe gcc-fake-frames gcc -O1 -g -fsanitize=address

cplusplus g++-11 gcc g++ c++11
cplusplus g++-20 gcc g++ c++20
cplusplus clang++-11 clang-14 clang++-14 c++11
cplusplus clang++-20 clang-16 clang++-16 c++20

# A shared library, which hides the flag that its windows are.
if selected shared; then
    # shellcheck disable=SC2046
    gcc -O2 -fPIC -shared "${sources[@]}" -Iinclude $(derived gcc) \
        -o "$tmp/libirqgc.so" >"$tmp/log" 2>&1 &&
        gcc -O2 tests/builds/selftest.c -Iinclude $(derived gcc) -L"$tmp" \
            -lirqgc "-Wl,-rpath,$tmp" -o "$tmp/program" >>"$tmp/log" 2>&1 &&
        "$tmp/program" >>"$tmp/log" 2>&1 || fail shared
fi

# What stops a gdb session on the host without a word to gdb: the lines' signals.
if selected gdb; then
    # shellcheck disable=SC2046
    gcc -g tests/builds/selftest.c "${sources[@]}" -Iinclude $(derived gcc) \
        -o "$tmp/program" >"$tmp/log" 2>&1
    gdb -q -batch -x ports/posix/irqgc.gdb -ex run "$tmp/program" \
        >>"$tmp/log" 2>&1
    grep -q "exited normally" "$tmp/log" &&
        ! grep -q "received signal" "$tmp/log" || fail gdb
fi

echo "host: $n builds, $failed failed"
[ "$failed" -eq 0 ] && [ "$n" -gt 0 ]
