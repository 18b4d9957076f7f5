#!/bin/sh
# A sweep as a Slurm job array: each task measures a share of the programs.
#
#   sbatch scripts/sweep/slurm.sh suite/ --path all
#   SHARDS=64 sbatch --array=1-64 scripts/sweep/slurm.sh suite/ --threads 4
#   sbatch --array=7,12 scripts/sweep/slurm.sh suite/ --path all     # again, where they ended
#
# The arguments are those of tnbench run, the same for all tasks. Settings come from the
# environment: SHARDS is the number of shares (16), RESULTS the folder of the results
# (results), TNBENCH the program (tnbench).
#
#SBATCH --job-name=tnbench
#SBATCH --array=1-16
#SBATCH --nodes=1
#SBATCH --ntasks=1
#SBATCH --cpus-per-task=4
#SBATCH --exclusive
#SBATCH --requeue
#SBATCH --time=04:00:00
#SBATCH --signal=TERM@60
#SBATCH --output=tnbench-%A-%a.log
set -eu

shards=${SHARDS:-16}
results=${RESULTS:-results}
task=${SLURM_ARRAY_TASK_ID:?start it with sbatch, as a job array}
out=$results/shard-$task.json
mkdir -p "$results"

# With --resume a task that is requeued goes on where it ended. exec lets the program
# have the signal that comes a minute before the end.
exec "${TNBENCH:-tnbench}" run "$@" --quiet --shard "$task/$shards" --resume "$out" -o "$out"
