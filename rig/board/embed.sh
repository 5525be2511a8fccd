#!/bin/sh
# SPDX-License-Identifier: MIT
#
# embed.sh RIG TRACE[:EVENTS]...: prints traces as C source, of each all events
# or the first so many. RIG is the host's rig.
set -eu
rig=$1
shift
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
names=
for trace; do
    name=${trace%%:*}
    events=${trace#"$name"}
    events=${events#:}
    if [ -n "$events" ]; then
        head -n "$events" "rig/traces/$name.trace" > "$dir/$name.trace"
    else
        cp "rig/traces/$name.trace" "$dir"
    fi
    names="$names $name"
done
# shellcheck disable=SC2086 # these are several words
"$rig" --embed --traces "$dir" --trace "$(echo $names | tr ' ' ',')"
echo '#include "rig/board/traces.h"'
echo 'const rig_trace_t *const embedded_traces[] = {'
for name in $names; do
    echo "&trace_$name,"
done
echo 'NULL};'
