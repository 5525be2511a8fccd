#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# The torture kit on its example: the ring passes at every point, the race is
# found and replayed, and docs/torture.md shows this very program.
#
#   tests/torture/example.sh RING RACE [OPTION ...]    options for the first run of each
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 2
ring=$1 race=$2
shift 2
log=$race.log

die() {
    echo "torture: $*"
    exit 1
}

awk '/^```c$/ {inside = 1; next} /^```$/ {inside = 0} inside' docs/torture.md |
    cmp - examples/ring/ring.c || die "docs/torture.md has another program"

"$ring" "$@" || die "the ring fails"
"$race" "$@" >"$log"
status=$?
cat "$log"
[ "$status" -eq 1 ] || die "the race is not found: status $status"
grep -q '^FAILED take: a message is lost' "$log" || die "not for its reason"
if grep '^FAILED' "$log" | grep -qv '^FAILED take: a message is lost'; then
    die "something else fails, too"
fi

replay=$(sed -n 's/^  replay: //p' "$log" | head -n 1)
$replay >"$log"
[ $? -eq 1 ] || die "does not replay: $replay"
grep -q '^FAILED take: a message is lost' "$log" || die "replays another"
echo "the race is found and replayed"
