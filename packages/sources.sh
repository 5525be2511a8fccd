#!/bin/sh
# SPDX-License-Identifier: MIT
#
# sources.sh PORT: all that the library is made of.
cd "$(dirname "$0")/.." && ls src/*.c ports/"$1"/*.c
