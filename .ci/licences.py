"""Refuses a dependency whose licence is not on the list, and a library crate that pulls nt-hive (GPL) unasked.

Reads `cargo metadata` alone: nothing is downloaded that the build does not need.
"""

import json
import re
import subprocess
import sys

ALLOWED = {
    "0BSD", "Apache-2.0", "Apache-2.0 WITH LLVM-exception", "BSD-2-Clause", "BSD-3-Clause", "BSL-1.0", "bzip2-1.0.6", "CC0-1.0", "ISC", "MIT",
    "MIT-0", "Unicode-3.0", "Unicode-DFS-2016", "Unlicense", "Zlib",
}
# Named one by one: each makes the binary that links it GPL-3.0-or-later, or is used in tests only.
EXCEPTIONS = {
    "nt-hive": {"GPL-2.0-or-later"},
    "hivekey-cli": {"GPL-3.0-or-later"},
}
# Crates that others may use under MIT or Apache-2.0, whatever the binary links.
PERMISSIVE = ["hivekey-dpid", "hivekey-regf", "hivekey-licensing", "hivekey-evidence", "hivekey"]


def satisfied(expression, allowed):
    """SPDX: `/` and OR ask for one side, AND for both."""
    expression = expression.replace("/", " OR ")
    depth_free = re.sub(r"[()]", " ", expression)
    return any(all(part.strip() in allowed for part in choice.split(" AND ")) for choice in depth_free.split(" OR "))


def main():
    metadata = json.loads(subprocess.check_output(["cargo", "metadata", "--format-version", "1", "--locked"]))
    packages = {package["id"]: package for package in metadata["packages"]}
    bad = []
    for package in packages.values():
        expression = package["license"] or ""
        allowed = ALLOWED | EXCEPTIONS.get(package["name"], set())
        if not satisfied(expression, allowed):
            bad.append(f"{package['name']} {package['version']}: licence {expression or 'not stated'!r}")
    for name in PERMISSIVE:
        tree = subprocess.check_output(
            ["cargo", "tree", "-p", name, "-e", "normal", "--no-default-features", "--prefix", "none", "--locked"], text=True
        )
        if re.search(r"^nt-hive ", tree, re.M):
            bad.append(f"{name} pulls nt-hive without the feature that names it")
    for line in bad:
        print(line, file=sys.stderr)
    print(f"{len(packages)} packages, {len(bad)} refused")
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
