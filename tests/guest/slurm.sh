#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A matrix spread by Slurm, whose daemons are started here: four tasks of an array, one of which is
# killed and queued again. Merged, each cell is there once.
# shellcheck source=tests/support/program.sh
source "$(dirname "$(readlink -f "$0")")/../support/program.sh"
# shellcheck source=tests/support/doc_example.sh
source "$tests/support/doc_example.sh"
for program in munged slurmctld slurmd sbatch squeue scontrol qemu-system-x86_64; do
	command -v $program >/dev/null || skip "$program is not installed"
done

slurm=$scratch/slurm
mkdir -p "$slurm"/{state,spool,munge}
chmod 755 "$scratch" "$slurm" "$slurm/munge" # or munged refuses its socket
(umask 077 && head -c 1024 /dev/urandom >"$slurm/key")
trap 'kill "${daemons[@]}" 2>/dev/null || true; wait; rm -rf "$scratch"' EXIT
daemons=()

# daemon PROGRAM OPTIONS...
daemon() {
	"$@" >"$slurm/$1.log" 2>&1 &
	daemons+=($!)
}

port=$((20000 + RANDOM % 20000)) host=$(hostname -s)
export SLURM_CONF=$slurm/slurm.conf
cat >"$SLURM_CONF" <<END
ClusterName=test
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=$port
SlurmdPort=$((port + 1))
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket=$slurm/munge/socket
CredType=cred/munge
ProctrackType=proctrack/pgid
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
JobAcctGatherType=jobacct_gather/none
StateSaveLocation=$slurm/state
SlurmdSpoolDir=$slurm/spool
SlurmctldPidFile=$slurm/slurmctld.pid
SlurmdPidFile=$slurm/slurmd.pid
ReturnToService=2
MpiDefault=none
MinJobAge=2
NodeName=$host NodeAddr=127.0.0.1 CPUs=$(nproc) State=UNKNOWN
PartitionName=all Nodes=$host Default=YES MaxTime=INFINITE State=UP
END
daemon munged --foreground --key-file "$slurm/key" --socket "$slurm/munge/socket" \
	--pid-file "$slurm/munge/pid" --log-file "$slurm/munge/log" \
	--seed-file "$slurm/munge/seed"
waits_for test -S "$slurm/munge/socket"
daemon slurmctld -D
daemon slurmd -D
is_up() {
	[[ $(timeout 5 sinfo -h -o %t 2>/dev/null) == idle* ]]
}
waits_for is_up

# The example of tools/doc/clusters.md.
cd "$scratch"
doc_example race.sbatch
ln -s "$foliostorm" foliostorm
export PATH=$scratch:$PATH KERNELS=6.18.9,7.2.12
cp "$scenarios"/{control-pread,misplaced}.cfg .
sed -i 's/^duration.*/duration = 1.0;/; s/min_exposures = [0-9]*/min_exposures = 1/' ./*.cfg

sbatch race.sbatch >submitted || fail "sbatch: $(cat submitted)"

# The worker of one task, once it has a guest.
worker() {
	victim=$(processes "^([^ ]*/)?foliostorm matrix .*shard-2" | awk '{ print $1; exit }')
	[[ -n $victim ]] && processes 'qemu-system' | grep -q .
}
# Those before it come first.
patience=300 waits_for worker
kill -KILL "$victim"
has_ended() {
	[[ -z $(timeout 5 squeue -h 2>/dev/null || echo busy) ]]
}
patience=400 waits_for has_ended
grep -q Killed shard-2.log || fail "no worker was killed: $(cat shard-*.log)"
code=0
foliostorm matrix merge --format json --out table shard-* >table.json || code=$?
[[ $code -ne 2 && $code -ne 77 ]] || fail "merge: exit code $code"
jq -e '[.cells[] | select(.missing != true) | "\(.kernel) \(.scenario)"] |
	length == 4 and (unique | length == 4)' table.json >/dev/null ||
	fail "not each cell once: $(jq -c '.cells' table.json)"
jq -e '[.cells[].verdict] | all(. != null and . != "ERROR")' table.json >/dev/null ||
	fail "$(jq -c '[.cells[] | [.verdict, .reason]]' table.json) $(cat shard-*.log)"
for process in "${daemons[@]}"; do
	kill -0 "$process" || fail "a daemon has ended: $(tail -n 3 "$slurm"/*.log)"
done
