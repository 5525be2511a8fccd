#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# esp_idf.sh FOLDER: a component for ESP-IDF, made of the two files of the
# amalgamation. The folder is to be called irqgc: that is the component's name.
set -euo pipefail
folder=$1
cd "$(dirname "$0")/.."
rm -rf "$folder"
mkdir -p "$folder"
cp -r packages/esp-idf/. LICENSE "$folder"
packages/amalgamate.py "$folder"
sed -i "s/@version@/$(packages/version.sh)/" "$folder/idf_component.yml"
sed -i "s/@flags@/$(packages/derived.sh gcc | tr ' ' ';')/" \
    "$folder/CMakeLists.txt"
