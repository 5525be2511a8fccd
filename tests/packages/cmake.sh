#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# What a user's project does with CMake and pkg-config: in the tree, fetched,
# installed and moved elsewhere; C and C++, static and shared, gcc and clang;
# for a microcontroller. And what is refused.
set -euo pipefail
cd "$(dirname "$0")/../.."
root=$PWD
user=$root/tests/packages/user
. tests/packages/expect.sh

project() { # name variable...
    local name=$1
    shift
    quiet cmake -S "$user" -B "$tmp/$name" "$@"
    quiet cmake --build "$tmp/$name"
}

both() { # name variable...: in C and C++
    project "$@"
    expect "$1" "$tmp/$1/user_c" "$tmp/$1/user_cxx"
}

both subdirectory -DIRQGC_SOURCE="$root"
both subdirectory-clang -DIRQGC_SOURCE="$root" -DCMAKE_C_COMPILER=clang \
    -DCMAKE_CXX_COMPILER=clang++
both subdirectory-clang-lto -DIRQGC_SOURCE="$root" -DCMAKE_C_COMPILER=clang \
    -DCMAKE_CXX_COMPILER=clang++ -DCMAKE_INTERPROCEDURAL_OPTIMIZATION=ON \
    -DCMAKE_POLICY_DEFAULT_CMP0069=NEW -DCMAKE_EXE_LINKER_FLAGS=-fuse-ld=lld \
    -DCMAKE_BUILD_TYPE=Release
for link in "$tmp"/subdirectory-clang-lto/CMakeFiles/*/link.txt; do
    grep -q disable-lsr "$link"
done
archive "$tmp/irqgc.tar.gz"
both fetched -DFETCH="file://$tmp/irqgc.tar.gz"
quiet cmake --install "$tmp/fetched" --prefix "$tmp/users"
if [ -e "$tmp/users" ]; then
    echo "FAIL what a user's project installs has irqgc in it"
    exit 1
fi
cp -r ports/posix "$tmp/own"
sed -i "s|\"\.\./\.\./src/|\"$root/src/|" "$tmp"/own/*.[ch]
both own-port -DIRQGC_SOURCE="$root" -DIRQGC_PORT="$tmp/own"

for kind in OFF ON; do
    quiet cmake -S . -B "$tmp/build-$kind" -DBUILD_SHARED_LIBS=$kind \
        -DCMAKE_INSTALL_PREFIX="$tmp/first" -DCMAKE_BUILD_TYPE=Release
    quiet cmake --build "$tmp/build-$kind"
    quiet cmake --install "$tmp/build-$kind"
    rm -rf "$tmp/moved"
    mv "$tmp/first" "$tmp/moved"
    both "installed-shared-$kind" -DCMAKE_PREFIX_PATH="$tmp/moved"

    export PKG_CONFIG_PATH
    PKG_CONFIG_PATH=$(dirname "$(find "$tmp/moved" -name irqgc.pc)")
    libraries=$(dirname "$PKG_CONFIG_PATH")
    LD_LIBRARY_PATH=$libraries expect_pkg_config "pkg-config-shared-$kind"
done
expect_soname cmake "$libraries"

quiet make install LIB="$tmp/lib" PREFIX=/usr DESTDIR="$tmp/made"
[ -f "$tmp/made/usr/include/irqgc/irqgc.h" ]
echo "ok - make install"

# core, prefix of the tools, processor, flags
cross() {
    project "cross-$1" -DIRQGC_SOURCE="$root" -DCMAKE_SYSTEM_NAME=Generic \
        -DCMAKE_SYSTEM_PROCESSOR="$3" -DCMAKE_C_COMPILER="$2gcc" \
        -DCMAKE_C_FLAGS="$4" -DCMAKE_TRY_COMPILE_TARGET_TYPE=STATIC_LIBRARY
    echo "ok - cross-$1"
}
cross m4 arm-none-eabi- cortex-m4 "-mcpu=cortex-m4 -mthumb"
cross m0 arm-none-eabi- arm "-mcpu=cortex-m0 -mthumb"
# Debian's compiler for RISC-V has no C library.
cross rv32 riscv64-unknown-elf- riscv32 \
    "-march=rv32imac_zicsr -mabi=ilp32 -ffreestanding -I$root/boards/libc"

# ---- Refused -----------------------------------------------------------------

refused() { # name text variable...
    local name=$1 text=$2
    shift 2
    if cmake -S "$user" -B "$tmp/$name" "$@" >"$tmp/log" 2>&1 ||
        ! tr '\n' ' ' <"$tmp/log" | tr -s ' ' | grep -q "$text"; then
        echo "FAIL $name"
        tail -n 20 "$tmp/log"
        exit 1
    fi
    echo "ok - $name"
}
refused no-such-port 'IRQGC_PORT is "z80"' -DIRQGC_SOURCE="$root" -DIRQGC_PORT=z80
refused too-old "find_package" -DCMAKE_PREFIX_PATH="$tmp/nowhere"
