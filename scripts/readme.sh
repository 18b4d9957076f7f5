#!/bin/sh
# Renews the measured output in README.md: runs tnbench on one embedded network
# and puts the table, with machine and date, between the two comments. Run it on
# a quiet machine.
set -eu

root=$(CDPATH= cd -- "$(dirname -- "$0")/.." && pwd)
cd "$root"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

go build -o "$work/tnbench" ./cmd/tnbench
fact() { "$work/tnbench" env --format csv | sed -n "s/^machine,$1,text,//p" | tr -d '"'; }
cpu=$(fact cpu) system=$(fact system)
{
    echo '```text'
    echo '$ tnbench run cubic_light_415'
    "$work/tnbench" run -q cubic_light_415 | sed 's/ *$//'
    echo '```'
    echo
    echo "Measured on $cpu, $system, $(go env GOVERSION), $(date +%Y-%m-%d), one thread."
} >"$work/output"

awk -v output="$work/output" '
    /^<!-- measured:/ { print; print ""; while ((getline line < output) > 0) print line; print ""; skip = 1; next }
    /^<!-- to here -->/ { skip = 0 }
    !skip' README.md >"$work/README.md"
cat "$work/README.md" >README.md
