#!/usr/bin/env bash
# Whole processes side by side in one run: hivekey's full report against one value by other tools, on the hives given.
# Needs hyperfine, hivexget (libhivex-bin), chntpw, and python3 with regipy and python-registry; what is missing is left out.
# Usage: benches/peers.sh HIVE...
set -euo pipefail
cd "$(dirname "$0")/.."
cargo build --release -q -p hivekey-cli
hivekey=${CARGO_TARGET_DIR:-target}/release/hivekey
key='\Microsoft\Windows NT\CurrentVersion'
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
printf 'dpi %s\\DigitalProductId\nq\n' "$key" >"$work/chntpw.in"
cat >"$work/regipy.py" <<'PY'
import sys
from regipy.registry import RegistryHive

key = RegistryHive(sys.argv[1]).get_key("\\Microsoft\\Windows NT\\CurrentVersion")
print([value.name for value in key.iter_values(trim_values=False) if value.name == "DigitalProductId"])
PY
cat >"$work/python-registry.py" <<'PY'
import sys
from Registry import Registry

print(len(Registry.Registry(sys.argv[1]).open("Microsoft\\Windows NT\\CurrentVersion").value("DigitalProductId").value()))
PY
for hive in "$@"; do
    commands=(-n true true -n "hivekey report" "$hivekey report --format json $hive")
    command -v hivexget >/dev/null && commands+=(-n hivexget "hivexget $hive '$key' DigitalProductId")
    command -v chntpw >/dev/null && commands+=(-n chntpw "sh -c 'chntpw -e $hive <$work/chntpw.in'")
    python3 -c 'import regipy' 2>/dev/null && commands+=(-n regipy "python3 $work/regipy.py $hive")
    python3 -c 'import Registry' 2>/dev/null && commands+=(-n python-registry "python3 $work/python-registry.py $hive")
    hyperfine -N -i --warmup 3 --runs 30 --export-json "$work/times.json" "${commands[@]}" >/dev/null 2>&1
    echo "$hive ($(stat -Lc %s "$hive") bytes)"
    python3 - "$work/times.json" <<'PY'
import json
import sys

results = json.load(open(sys.argv[1]))["results"]
ours = next(result["median"] for result in results if result["command"] == "hivekey report")
for result in results:
    print(f"  {result['command']:16} {result['median'] / ours:8.2f} x")
PY
done
