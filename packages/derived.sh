#!/bin/sh
# SPDX-License-Identifier: MIT
#
# derived.sh gcc|clang: the flags for code that handles objects, which derived.mk
# has.
cd "$(dirname "$0")/.." &&
    sed -n "s|^DERIVED_$(echo "$1" | tr a-z A-Z) = ||p" derived.mk
