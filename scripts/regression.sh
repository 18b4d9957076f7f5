#!/usr/bin/env bash
# Tells whether this tree is slower than a base revision, allocates more, holds more
# memory or computes something else: builds both, lets them take turns on the embedded
# networks, and writes a summary. Each time it also shows that the gate can go red: a
# slowdown and an allocation that are planted in a build of this tree must be found.
#
# Usage: scripts/regression.sh [BASE_REV] [-- FLAGS OF tnbench duel...]
#
# BASE_REV is a commit, by default the one where this branch left main; on main itself
# the one before, or HEAD if the tree has changes. The summary goes to
# regression/summary.md (or the folder that REGRESSION_OUT names), with all figures in
# duel.json, and to the file that GITHUB_STEP_SUMMARY names, if it is set.
#
# Exit codes: 0 no regression, 3 a regression, 4 that can't be told (too noisy, a build
# failed, something is missing, or the gate can't go red), 2 a mistake in the command.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 2
root=$PWD

base_rev=
if [ $# -gt 0 ] && [ "$1" != -- ]; then
    base_rev=$1
    shift
fi
if [ $# -gt 0 ]; then
    [ "$1" = -- ] || { sed -n '7,16s/^# \{0,1\}//p' "$0" >&2; exit 2; }
    shift
fi
duel_flags=("$@")
out=${REGRESSION_OUT:-regression}
scratch=$(mktemp -d) || exit 4

cleanup() {
    cd "$root" || return
    git worktree remove --force "$scratch/tree" 2>/dev/null
    rm -rf "$scratch"
    git worktree prune
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

say() { echo "regression: $*" >&2; }

# missing REV: what to do about a commit that is not there.
missing() {
    say "there is no commit $1 in this clone"
    if [ "$(git rev-parse --is-shallow-repository)" = true ]; then
        say "the clone is shallow: git fetch --unshallow brings all commits (with actions/checkout: fetch-depth: 0)"
    else
        say "name a commit that is there, or fetch it: scripts/regression.sh BASE_REV"
    fi
    exit 2
}

dirty=$(git status --porcelain) || { say "this is no git checkout"; exit 2; }

# default_base prints the commit to compare with if none is named.
default_base() {
    local main fork head
    head=$(git rev-parse HEAD)
    for main in origin/main main; do
        fork=$(git merge-base HEAD "$main" 2>/dev/null) || continue
        if [ "$fork" != "$head" ] || [ -n "$dirty" ]; then
            echo "$fork"
            return
        fi
        break
    done
    if [ -n "$dirty" ]; then echo HEAD; else echo HEAD~1; fi
}
[ -n "$base_rev" ] || base_rev=$(default_base)
base=$(git rev-parse --verify --quiet "$base_rev^{commit}") || missing "$base_rev"
head=$(git rev-parse HEAD)
title="$(git rev-parse --short "$base") → $(git rev-parse --short "$head")"
if [ -n "$dirty" ]; then
    title+=" with changes that are not committed"
    say "the tree has changes that are not committed: they are measured, too"
fi

mkdir -p "$out" && out=$(cd "$out" && pwd) && : >"$out/summary.md" || { say "cannot write to $out"; exit 2; }

# finish CODE: hands over the summary and ends.
finish() {
    if [ -n "${GITHUB_STEP_SUMMARY:-}" ]; then cat "$out/summary.md" >>"$GITHUB_STEP_SUMMARY"; fi
    say "summary in $out/summary.md; exit $1"
    exit "$1"
}

# undecided TEXT: ends where nothing could be compared.
undecided() {
    printf '## Performance: %s\n\n**undecided**: %s\n' "$title" "$1" >"$out/summary.md"
    say "undecided: $1"
    finish 4
}

# build FOLDER FILE [FLAG...]: builds tnbench. Paths and revisions stay out of the
# program, so that equal sources give equal programs.
build() {
    local folder=$1 file=$2
    shift 2
    (cd "$folder" && go build -trimpath -buildvcs=false "$@" -o "$file" ./cmd/tnbench) >&2
}

say "building $base_rev ($base) and this tree"
git worktree add --quiet --detach "$scratch/tree" "$base" || undecided "the base revision could not be checked out"
build "$scratch/tree" "$scratch/base" || undecided "the base revision $base does not build"
build . "$scratch/new" || undecided "this tree does not build"
build . "$scratch/planted" -tags planted || undecided "this tree does not build with planted faults"

say "taking turns"
rm -f "$out/duel.md" "$out/duel.json"
cd "$scratch" || exit 4 # so that the sides have short names
GITHUB_STEP_SUMMARY="" ./new duel ./base ./new --max-time 6m -o - -o "$out/duel.json" -o "$out/duel.md" "${duel_flags[@]}"
verdict=$?

# found FAULT FIGURE [FLAG...]: whether a planted fault is found in a figure.
found() {
    local fault=$1 figure=$2 code
    shift 2
    TNBENCH_PLANT=$fault ./new duel ./new ./planted ising_strip_5x250 --alloc slab --max-time 150s --quiet -o proof.csv "$@"
    code=$?
    if [ $code -eq 3 ] && grep -q "^regression,.*,$figure," proof.csv; then
        proof+=("the planted fault $fault was found")
        return 0
    fi
    proof+=("**the planted fault $fault was not found** (exit $code)")
    return 1
}
proof=()
say "showing that the gate can go red"
red=0
found alloc=16 heap_allocs --rounds 1 --threshold time=off || red=4
found slow=10% time || red=4

{
    printf '## Performance: %s\n\n' "$title"
    if [ -s "$out/duel.md" ]; then cat "$out/duel.md"; else printf '**undecided**: nothing was compared (exit %d)\n' "$verdict"; fi
    printf '\n### Can the gate go red?\n\n'
    printf -- '- %s\n' "${proof[@]}"
    [ $red -eq 0 ] || [ $verdict -eq 3 ] || printf '\nA gate that cannot go red shows nothing: undecided.\n'
} >"$out/summary.md"

case $verdict in
3) finish 3 ;;
0) finish $red ;;
*) finish 4 ;;
esac
