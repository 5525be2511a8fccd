#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# What a user's project does with Meson: a subproject, in the tree or by a wrap
# file, or what is installed, by gcc and clang; for a microcontroller.
set -euo pipefail
cd "$(dirname "$0")/../.."
root=$PWD
. tests/packages/expect.sh

cp -r tests/packages/user "$tmp/user"
mkdir "$tmp/user/subprojects"
ln -s "$root" "$tmp/user/subprojects/irqgc"

project() { # name option...
    local name=$1
    shift
    quiet meson setup "$tmp/$name" "$tmp/user" "$@"
    quiet meson compile -C "$tmp/$name"
}

both() { # name option...: in C and C++
    project "$@"
    expect "$1" "$tmp/$1/user_c" "$tmp/$1/user_cxx"
}

both subproject
CC=clang CXX=clang++ both subproject-clang
both subproject-static --default-library=static

rm "$tmp/user/subprojects/irqgc"
archive "$tmp/irqgc.tar.gz"
cat >"$tmp/user/subprojects/irqgc.wrap" <<END
[wrap-file]
directory = irqgc
source_url = file://$tmp/irqgc.tar.gz
source_filename = irqgc.tar.gz
source_hash = $(sha256sum "$tmp/irqgc.tar.gz" | cut -d ' ' -f 1)
[provide]
irqgc = irqgc_dep
END
both wrapped
rm -r "$tmp/user/subprojects"/*

quiet meson setup "$tmp/build" . --prefix "$tmp/installed"
quiet meson install -C "$tmp/build"
export PKG_CONFIG_PATH LD_LIBRARY_PATH
PKG_CONFIG_PATH=$(dirname "$(find "$tmp/installed" -name irqgc.pc)")
LD_LIBRARY_PATH=$(dirname "$PKG_CONFIG_PATH")
expect_soname meson "$LD_LIBRARY_PATH"
both installed
CC=clang CXX=clang++ both installed-clang

ln -s "$root" "$tmp/user/subprojects/irqgc"
cat >"$tmp/cross.ini" <<END
[binaries]
c = 'arm-none-eabi-gcc'
cpp = 'arm-none-eabi-g++'
ar = 'arm-none-eabi-ar'
[built-in options]
c_args = ['-mcpu=cortex-m4', '-mthumb']
[host_machine]
system = 'none'
cpu_family = 'arm'
cpu = 'cortex-m4'
endian = 'little'
END
project cross-m4 --cross-file "$tmp/cross.ini" --default-library=static \
    --wrap-mode=forcefallback
echo "ok - cross-m4"
