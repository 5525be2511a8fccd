#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Builds the site in build/site/html. A warning of Doxygen or of Sphinx is an
# error.
set -euo pipefail
cd "$(dirname "$0")/../.."
out=build/site
source=$out/source
rm -rf "$out"
mkdir -p "$source"

doxygen docs/site/Doxyfile

# What Sphinx reads lies as in the project, so that links between texts hold.
for entry in *; do
    case $entry in
    build) ;;
    README.md) ln -s "$PWD/README.md" "$source/index.md" ;;
    *) ln -s "$PWD/$entry" "$source/$entry" ;;
    esac
done
docs/site/api.py "$out/doxygen/xml" "$source/api"
sphinx-build -q -W --keep-going -c docs/site "$source" "$out/html"
