# shellcheck shell=bash
# SPDX-License-Identifier: MIT
#
# For the scripts beside it: a folder that goes away, and what is expected.
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
version=$(packages/version.sh)

quiet() { # command...
    "$@" >"$tmp/log" 2>&1 || {
        echo "FAIL $*"
        tail -n 20 "$tmp/log"
        exit 1
    }
}

archive() { # file: of the tree as it is, in a folder irqgc
    git ls-files -z --cached --others --exclude-standard |
        tar -czf "$1" --null --transform 's|^|irqgc/|' -T -
}

expect() { # name program...: it prints the version
    local name=$1 program
    shift
    for program in "$@"; do
        [ "$("$program")" = "irqgc $version" ] || {
            echo "FAIL $name: $program"
            exit 1
        }
    done
    echo "ok - $name"
}

expect_soname() { # name folder: that of its shared library
    objdump -p "$2/libirqgc.so" | grep -q "SONAME *libirqgc.so.${version%.*}$" || {
        echo "FAIL $1: another SONAME than libirqgc.so.${version%.*}"
        exit 1
    }
    echo "ok - $1: the SONAME"
}

# What PKG_CONFIG_PATH leads to, as a C and a C++ program take it.
expect_pkg_config() { # name
    local source compiler
    for source in main.c main.cpp; do
        compiler=gcc
        [ $source = main.c ] || compiler=g++
        # shellcheck disable=SC2046
        quiet $compiler $(pkg-config --variable=derived_gcc irqgc) \
            $(pkg-config --cflags irqgc) "tests/packages/user/$source" \
            $(pkg-config --libs irqgc) -o "$tmp/program"
        expect "$1 $source" "$tmp/program"
    done
    [ "$(pkg-config --modversion irqgc)" = "$version" ]
}
