#!/bin/bash
# SPDX-License-Identifier: MIT
#
# The rig refuses bad input in one line that says what and why, with status 2,
# and a good run ends with 0 and figures that a machine can read.
#
#   tests/unit/test_rig.sh RIG [TEXT]    only tests whose name contains TEXT

set -u
if [ $# -lt 1 ] || [ ! -x "$1" ]; then
    echo "test_rig.sh: the first argument is the rig's binary" >&2
    exit 2
fi
rig=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
only=${2:-}
root=$(cd "$(dirname "$0")/../.." && pwd)
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
cd "$tmp" || exit 2
n_failed=0

report() { # ok|FAIL name
    echo "$1 - rig: $2"
    if [ "$1" = FAIL ]; then
        n_failed=$((n_failed + 1))
        sed 's/^/    /' out err
    fi
}

selected() { # name
    [[ "$1" == *"$only"* ]]
}

run() { # argument...
    timeout 120 "$rig" --traces "$root/rig/traces" "$@" >out 2>err
}

# Bad input: status 2, nothing on stdout, one line that holds `pattern`.
refused() { # name pattern argument...
    local name=$1 pattern=$2 verdict=ok
    selected "$name" || return 0
    shift 2
    run "$@"
    [ $? -eq 2 ] || verdict=FAIL
    [ -s out ] && verdict=FAIL
    [ "$(wc -l <err)" -eq 1 ] || verdict=FAIL
    grep -q -- "^rig: .*$pattern" err || verdict=FAIL
    report $verdict "$name"
}

# Bad input in a trace: its text, as printf takes it.
torn() { # name pattern text
    printf "$3" >bad.trace
    refused "$1" "$2" --trace json,./bad.trace
}

refused "unknown option" "unknown option --frequency" --frequency 3
refused "unknown short option" "unknown option -x" -x
refused "option without value" "--seed takes a value" --seed
refused "stray argument" "unknown argument 'json'" json
refused "not a number" "--seconds takes 1 number, not 'ten'" --seconds ten
refused "number out of range" "--regions takes 1 to 64, not 0" --regions 0
refused "number too large" "--seed takes 1 number" --seed 4294967296
refused "too few numbers" "--rates takes 3 numbers" --rates 1,10
refused "too many numbers" "--rates takes 3 numbers" --rates 1,10,100,1000
refused "sizes the wrong way round" "--sizes takes the least first" \
    --sizes 300,200
refused "no such trace" "no trace 'nosuch': .*nosuch.trace: No such file" \
    --trace nosuch
refused "no such path" "no trace 'a/b': a/b: No such file" --trace a/b
refused "empty trace name" "empty name" --trace json,,json
refused "too many traces" "--trace takes 4 traces at most" \
    --trace json,json,json,json,json
refused "trace is a folder" "Is a directory" --trace /
refused "no such folder" "No such file" --traces /nosuch --trace json
refused "unwritable json" "--json /nosuch/out: No such file" \
    --json /nosuch/out
refused "unwritable page" "--html /nosuch/out: No such file" \
    --html /nosuch/out
refused "heap too small for the traces" \
    "heap too small for the traces: 100 KiB .* take [0-9]* at" --heap 100
refused "regions too small for a heap" "regions: too small" \
    --heap 16 --regions 64

mkdir matplotlib
echo 'raise ImportError' >matplotlib/__init__.py
PYTHONPATH=$tmp refused "page without matplotlib" \
    "needs .*; run: apt-get install .* python3-matplotlib$" --html page.html

torn "torn in a number" "bad.trace:2: torn" 'a 1 16 0\na 2 1'
torn "torn in a line" "bad.trace:2: a number is missing" 'a 1 16 0\na 2\n'
torn "lines missing" "bad.trace:2: not the next id" 'a 1 16 0\na 3 16 0\n'
torn "unknown event" "bad.trace:2: garbage" 'a 1 16 0\nx 1\n'
torn "empty line" "bad.trace:1: garbage" '\n'
torn "text behind an event" "bad.trace:1: garbage behind" 'a 1 16 0 7\n'
torn "zero byte" "bad.trace:1: garbage: a zero" 'a 1 16\0 0\n'
torn "freed twice" "bad.trace:3: no live object" 'a 1 16 0\nf 1\nf 1\n'
torn "never allocated" "bad.trace:1: no live object" 'r 1 16\n'
torn "id 0" "bad.trace:1: no live object" 'd 0\n'
torn "size 0" "bad.trace:1: no object has this size" 'a 1 0 0\n'
torn "number too large" "bad.trace:1: a number is too large" \
    'a 1 99999999999999999999 0\n'
torn "empty trace" "bad.trace: the trace is empty" ''
torn "binary" "bad.trace:1: " '\177ELF\002\001\n'
head -c 100000 "$root/rig/traces/json.trace" >cut.trace
refused "a real trace, cut" "cut.trace:[0-9]*: " --trace cut.trace

helped() {
    local name="help" verdict=ok
    selected "$name" || return 0
    run --help || verdict=FAIL
    grep -q '^usage: rig' out || verdict=FAIL
    [ -s err ] && verdict=FAIL
    report $verdict "$name"
}

# A good run: status 0, plain lines, verdict, figures that agree with it.
good() { # name argument...
    local name=$1 verdict=ok
    selected "$name" || return 0
    shift
    run --seconds 2 --json out.json "$@" || verdict=FAIL
    [ "$(tail -n 1 out)" = "rig: ok" ] || verdict=FAIL
    grep -q $'\x1b' out && verdict=FAIL
    python3 -m json.tool out.json >/dev/null 2>>err || verdict=FAIL
    python3 - 2>>err <<'EOF' || verdict=FAIL
import json
figures = json.load(open("out.json"))
assert figures["ok"] is True and figures["fault"] is None
assert figures["collects"] > 0
assert len(figures["levels"]) == 4
thread, *handlers = figures["levels"]
for who in [thread], handlers:
    for figure in "ticks", "allocs", "objects_checked":
        assert sum(level[figure] for level in who) > 0, figure
EOF
    report $verdict "$name"
}

# Timers that leave the thread no time: it ends with its summary all the same.
flooded() { # name argument...
    local name=$1 verdict=ok
    selected "$name" || return 0
    shift
    run --seconds 2 "$@" || verdict=FAIL
    [ "$(tail -n 1 out)" = "rig: ok" ] || verdict=FAIL
    report $verdict "$name"
}

# A Ctrl-C ends the run with its summary, status 0. Of two, the second does at
# once; they may reach the rig as one, so that has a few tries.
interrupted() { # name status last-line count
    local name=$1 status=$2 line=$3 count=$4 verdict=FAIL pid got
    selected "$name" || return 0
    for _ in {1..50}; do
        "$rig" --traces "$root/rig/traces" --seconds 60 >out 2>err &
        pid=$!
        sleep 0.3
        for ((i = 0; i < count; i++)); do
            kill -INT "$pid" 2>>err
        done
        wait "$pid"
        got=$?
        if [ "$got" -eq "$status" ] && [ "$(tail -n 1 out)" = "$line" ]; then
            verdict=ok
            break
        fi
        [ "$count" -gt 1 ] || break
    done
    report $verdict "$name"
}

helped
interrupted "Ctrl-C" 0 "rig: ok" 1
interrupted "Ctrl-C twice" 130 "rig: stopped" 2
good "two seconds"
good "small heap in four regions" --heap 320 --regions 4 --seed 4
good "fast timers" --rates 20,200,2000 --seed 5 --trace hexiom,pidigits
flooded "a timer faster than its handler" --rates 10,100,100000 --seed 6
flooded "timers faster than signals" --rates 1000000,1000000,1000000 --seed 7

[ "$n_failed" -eq 0 ]
