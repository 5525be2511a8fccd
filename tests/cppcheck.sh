#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
set -euo pipefail
cd "$(dirname "$0")/.."
# It does not see that the asm of WINDOW_READY writes its spare operands.
exec cppcheck --enable=warning,style,performance,portability --inline-suppr \
    --error-exitcode=1 --quiet --max-configs=24 --std=c11 --suppress=missingIncludeSystem \
    --suppress=unassignedVariable:src/* \
    -Iinclude -Isrc -Iports/posix -Itorture -I. \
    -i rig/board -i bench/figures/board -i bench/latency/board src ports/posix rig bench \
    boards/emulator torture examples
