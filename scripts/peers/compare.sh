#!/bin/sh
# Compares tnbench with its peers in Python: builds tnbench, installs what the
# peers need into a local environment, runs all programs in turn for several
# rounds, and prints one table in Markdown. See --help.
set -eu

here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
root=$(CDPATH= cd -- "$here/../.." && pwd)
venv=$here/.venv

usage() {
    cat <<'TEXT'
usage: compare.sh [options] [INSTANCE...]

Instances are files or folders; by default the folder named by TNBENCH_SUITE,
else the repository's own instances.

  --rounds N     rounds of processes, all programs in turn in each (5)
  --runs N       timed contractions per process and instance (15)
  --warmup N     contractions before them (3)
  --threads N    threads of every program (1)
  --path NAME    contraction path: opt_flops, opt_size, all, ... (opt_flops)
  --alloc NAME   tnbench's strategy (slab)
  --peers LIST   the usual peers (numpy,opt_einsum)
  --with LIST    further peers: torch,jax are installed, and skipped where that
                 fails (pip's own settings apply, such as PIP_EXTRA_INDEX_URL
                 for builds without GPU support); numpy_plain is NumPy that
                 does not look ahead for the layout of intermediates, and
                 numpy_einsum one call of its einsum for each step (none)
  --tnbench FILE use this program instead of building it
  --keep DIR     keep the results of all rounds there
TEXT
}

rounds=5 runs=15 warmup=3 threads=1 path=opt_flops alloc=slab usual='numpy opt_einsum' extra= tnbench= keep=
while [ $# -gt 0 ]; do
    case $1 in
    -h | --help) usage; exit 0 ;;
    --rounds | --runs | --warmup | --threads | --path | --alloc | --peers | --with | --tnbench | --keep)
        [ $# -ge 2 ] || { echo "compare.sh: $1 needs a value" >&2; exit 2; }
        case $1 in
        --rounds) rounds=$2 ;;
        --runs) runs=$2 ;;
        --warmup) warmup=$2 ;;
        --threads) threads=$2 ;;
        --path) path=$2 ;;
        --alloc) alloc=$2 ;;
        --peers) usual=$(echo "$2" | tr ',' ' ') ;;
        --with) extra=$(echo "$2" | tr ',' ' ') ;;
        --tnbench) tnbench=$2 ;;
        --keep) keep=$2 ;;
        esac
        shift 2 ;;
    --) shift; break ;;
    -*) echo "compare.sh: unknown option $1" >&2; usage >&2; exit 2 ;;
    *) break ;;
    esac
done
[ $# -gt 0 ] || set -- "${TNBENCH_SUITE:-$root/instances}"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
results=${keep:-$work/results}
mkdir -p "$results"
rm -f "$results"/[0-9]*-*.json # rounds of an earlier comparison

if [ -z "$tnbench" ]; then
    echo "building tnbench" >&2
    tnbench=$work/tnbench
    (cd "$root" && go build -o "$tnbench" ./cmd/tnbench)
fi

# install adds a package to the environment and says whether that worked.
install() {
    "$venv/bin/python" -c "import $1" 2>/dev/null && return
    echo "installing $1" >&2
    "$venv/bin/python" -m pip install --quiet "$1" >&2
}
[ -x "$venv/bin/python" ] || python3 -m venv "$venv"
install numpy # the others' inputs and digests need it too
peers=
for peer in $usual $extra; do
    case $peer in
    numpy | numpy_plain | numpy_einsum) ;;
    *) install "$peer" || { echo "compare.sh: $peer cannot be installed: skipped" >&2; continue; } ;;
    esac
    peers="$peers $peer"
done

# The rounds of a program that fails on one instance still hold the others; the
# table reports what failed.
round=1
while [ "$round" -le "$rounds" ]; do
    tag=$(printf '%02d' "$round")
    echo "round $round of $rounds: tnbench $peers" >&2
    "$tnbench" run -q --alloc "$alloc" --baseline "$alloc" --path "$path" --runs "$runs" --warmup "$warmup" \
        --threads "$threads" --format json -o "$results/$tag-tnbench.json" "$@" ||
        echo "compare.sh: tnbench failed on part of round $round" >&2
    for peer in $peers; do
        "$venv/bin/python" "$here/contract.py" --peers "$peer" --path "$path" --runs "$runs" --warmup "$warmup" \
            --threads "$threads" -o "$results/$tag-$peer.json" "$@" 2>"$work/log" || cat "$work/log" >&2
    done
    round=$((round + 1))
done

"$venv/bin/python" "$here/compare.py" "$results"
