#!/bin/sh
# Sweeps of two disk images against cat and grep: whole processes, from the page cache. Needs hyperfine, openssl and 3 GB of disk.
# Usage: benches/carve.sh FOLDER
set -eu
[ $# -eq 1 ] || { echo "usage: $0 FOLDER" >&2; exit 2; }
folder=$1
here=$(cd "$(dirname "$0")/.." && pwd)
export LC_ALL=C
mkdir -p "$folder"
cargo build --release --quiet --manifest-path "$here/Cargo.toml" -p hivekey-cli -p hivekey-testkit
bin=${CARGO_TARGET_DIR:-$here/target}/release
cd "$folder"

# Data that looks compressed or encrypted: 26 pieces of 16 MiB.
noise() { openssl enc -aes-256-ctr -pass pass:hivekey -nosalt -in /dev/zero 2>/dev/null | head -c 436207616 >noise || true; }
zeros() { head -c "$1" /dev/zero; }
piece() { dd if="$1" bs=16M skip="$2" count=1 status=none; }

# 1 GiB each. disk.img: zeros that are stored and noise in turns, and one SOFTWARE hive of 98 MB in its middle. fragments.img: a
# quarter of it are pieces of such hives, torn apart, the most work that hives can make.
if [ ! -f fragments.img ]; then
    "$bin/big-hive" SOFTWARE 100
    noise
    for number in $(seq 0 25); do
        zeros 16777216
        piece noise "$number"
        [ "$number" -ne 12 ] || cat SOFTWARE
    done >disk.img
    zeros $((1073741824 - $(stat -c %s disk.img))) >>disk.img
    cat SOFTWARE SOFTWARE SOFTWARE >hives
    for number in $(seq 0 15); do
        zeros 16777216
        piece noise "$number"
        zeros 16777216
        piece hives "$number"
    done >fragments.img
    rm noise hives
fi

# Standard output is a file where a program would do less work otherwise: grep stops at the first match if it is /dev/null.
carve="$bin/hivekey carve -q"
for image in disk.img fragments.img; do
    cat "$image" >/dev/null
    hyperfine --warmup 2 --runs 20 --export-json "$image.json" \
        -n "cat $image" "cat $image >/dev/null" \
        -n "carve -j1 $image" "$carve -j1 $image >out" \
        -n "carve -j2 $image" "$carve -j2 $image >out" \
        -n "carve --text-keys -j1 $image" "$carve --text-keys -j1 $image >out" \
        -n "grep -c $image" "grep -c DigitalProductId $image >out"
done
