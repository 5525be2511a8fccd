#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Builds the site, and looks at it as a reader would: tests/site.py.
set -euo pipefail
cd "$(dirname "$0")/.."
docs/site/build.sh
tests/site.py build/site/html
