#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# The torture kit on an example: as it should be it passes at every point; built
# with a race, this is found in the scenario, for the reason given, and replayed.
# docs/torture.md shows the very program of the ring.
#
#   tests/torture/example.sh RIGHT RACE SCENARIO REASON [OPTION ...]
#
# The options are for the first run of each.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 2
right=$1 race=$2 scenario=$3 reason=$4
shift 4
log=$race.log

die() {
    echo "torture: $race: $*"
    exit 1
}

awk '/^```c$/ {inside = 1; next} /^```$/ {inside = 0} inside' docs/torture.md |
    cmp - examples/ring/ring.c || die "docs/torture.md has another program"

"$right" "$@" || die "$right fails"
"$race" "$@" >"$log"
status=$?
cat "$log"
[ "$status" -eq 1 ] || die "the race is not found: status $status"
grep -q "^FAILED $scenario: $reason" "$log" || die "not for its reason"
if grep '^FAILED' "$log" | grep -qv ": $reason"; then
    die "something else fails, too"
fi

replay=$(sed -n 's/^  replay: //p' "$log" | head -n 1)
$replay >"$log"
[ $? -eq 1 ] || die "does not replay: $replay"
grep -q "^FAILED $scenario: $reason" "$log" || die "replays another"
echo "the race is found and replayed: $race"
