#!/bin/sh
# Compares tnbench with its peers: installs what they need into a cache folder,
# runs all programs in turn for several rounds, and prints one table. See --help.
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
if ! python3 -c 'import sys; sys.exit(sys.version_info < (3, 10))' 2>/dev/null; then
    echo "compare.sh: this needs Python 3.10 or later, as python3 on the path" >&2
    exit 1
fi
PYTHONDONTWRITEBYTECODE=1 exec python3 "$here/rounds.py" "$@"
