#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
set -euo pipefail
cd "$(dirname "$0")/.."
flags=(-std=c11 -D_GNU_SOURCE -Iinclude -Isrc -Iports/posix -Itests -Itests/trace/stub -Itorture -I.
    -DIRQGC_DEBUG=0 -DIRQGC_DERIVED=1)
git ls-files --cached --others --exclude-standard \
    'src/*.c' 'ports/posix/*.c' 'rig/*.c' 'bench/*.c' 'torture/*.c' \
    'examples/*.c' 'boards/emulator/*.c' \
    ':!rig/board' ':!bench/figures/board' ':!bench/latency/board' |
    xargs -P 2 -n 8 sh -c 'clang-tidy --quiet "$@" -- '"${flags[*]}" tidy
