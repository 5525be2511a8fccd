#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
set -euo pipefail
cd "$(dirname "$0")/.."
exec cppcheck --enable=warning,style,performance,portability --inline-suppr \
    --error-exitcode=1 --quiet --std=c11 --suppress=missingIncludeSystem \
    -Iinclude -Isrc -Iports/posix -Itorture -I. \
    -i rig/board -i bench/figures/board -i bench/latency/board src ports/posix rig bench \
    boards/emulator torture examples
