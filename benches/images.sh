#!/bin/sh
# A report from a 40 GB disk with a 98 MB SOFTWARE hive, in each container: time and bytes read, beside dissect.target and mounting.
# Needs hyperfine, mkntfs and ntfs-3g (and the right to mount by FUSE), qemu-img; ewfacquire and target-query (dissect.target) if
# they are there; 1 GB of disk and a file system with sparse files.
# Usage: benches/images.sh FOLDER
set -eu
[ $# -eq 1 ] || { echo "usage: $0 FOLDER" >&2; exit 2; }
folder=$1
here=$(cd "$(dirname "$0")/.." && pwd)
export LC_ALL=C
mkdir -p "$folder/mounted"
cargo build --release --quiet --manifest-path "$here/Cargo.toml" -p hivekey-cli -p hivekey-testkit
bin=${CARGO_TARGET_DIR:-$here/target}/release
cd "$folder"
has() { command -v "$1" >/dev/null; }

# One NTFS volume without a partition table: each reader finds it, and ntfs-3g mounts it without a loop device.
if [ ! -f disk.raw ]; then
    truncate -s 40G made.raw
    mkntfs -F -Q -q made.raw
    ntfs-3g made.raw mounted
    mkdir -p mounted/Windows/System32/config
    "$bin/big-hive" mounted/Windows/System32/config/SOFTWARE 100
    cp "$here/testdata/server2019-backup/Windows/System32/config/SYSTEM" mounted/Windows/System32/config/
    umount mounted
    qemu-img convert -O qcow2 made.raw disk.qcow2
    qemu-img convert -c -O qcow2 made.raw compressed.qcow2
    qemu-img convert -O vhdx made.raw disk.vhdx
    qemu-img convert -O vpc made.raw disk.vhd
    qemu-img convert -O vdi made.raw disk.vdi
    qemu-img convert -O vmdk made.raw disk.vmdk
    qemu-img convert -O vmdk -o subformat=streamOptimized made.raw stream.vmdk
    if has ewfacquire; then
        ewfacquire -u -q -c deflate:empty-block -S 8EiB -t disk made.raw >/dev/null
    fi
    mv made.raw disk.raw
fi

hivekey="$bin/hivekey report -q --format json"
dissect="target-query -q -f productkey -s"
compare() { hyperfine -N -i --warmup 1 --runs 10 "$@" 2>/dev/null | grep -E 'Benchmark|Time|±.*times|ran$' || true; }
bytes() { "$bin/hivekey" report --format jsonl "$1" | sed 's/.*"bytes_read":\([0-9]*\).*/\1/'; }

for image in disk.raw disk.vhd disk.vhdx disk.vmdk stream.vmdk disk.vdi disk.qcow2 compressed.qcow2 disk.E01; do
    [ -e "$image" ] || continue
    printf '%s: %s bytes read\n' "$image" "$(bytes "$image")"
    set -- -n "hivekey $image" "$hivekey $image"
    # What it prints of this edition is not compared here, only how long it takes.
    has target-query && set -- "$@" -n "dissect.target $image" "$dissect $image"
    compare "$@"
done

# The same answer by way of a mount, which is what there is without a reader of images.
compare -n "hivekey disk.raw" "$hivekey disk.raw" \
    -n "mount by ntfs-3g, hivekey, unmount" \
    "sh -c 'ntfs-3g -o ro disk.raw mounted && $hivekey mounted >/dev/null; umount mounted'"

# Twenty images in one call: what each costs once the program has started.
mkdir -p twenty
for number in 01 02 03 04 05 06 07 08 09 10 11 12 13 14 15 16 17 18 19 20; do
    ln -f disk.qcow2 "twenty/$number.qcow2"
done
set -- -n "hivekey, one" "$hivekey twenty/01.qcow2" -n "hivekey, twenty" "sh -c '$hivekey -j 2 twenty/*.qcow2'"
has target-query && set -- "$@" -n "dissect.target, one" "$dissect twenty/01.qcow2" \
    -n "dissect.target, twenty" "sh -c '$dissect twenty/*.qcow2'"
compare "$@"
