"""What a merge of the event lake took of memory goes back to the system, in a process as `serve` starts it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from codedark.app.watching.supervisor import MEMORY

FLUSHES = 16
"""So many small files of a day are merged while it goes on."""
MOST_MIB = 20.0
"""Half of what stays where it is not given back."""

ARCHIVING = f"""
import os, random, sys
from pathlib import Path
from codedark.app.archive.archivist import Archivist
from codedark.events.parcel import Parcel, Sequence
from codedark.store.lake.lake import Lake

ARRIVED_US = 1_768_212_000_000_000

def resident_mib():
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20

chance = random.Random(7)
folder = Path(sys.argv[1])
archivist = Archivist(Lake(folder))
number = 1
for _ in range({FLUSHES}):
    noise = [chance.randbytes(900).hex().encode() for _ in range(8_000)]
    lines = [b'{{"Channel":"Security","EventID":1,"x":"%s"}}' % each for each in noise]
    data = b"".join(line + b"\\n" for line in lines)
    archivist.take([Parcel(Sequence(number), len(lines), ARRIVED_US, "tcp://a", "jsonl", data)])
    del noise, lines, data
    archivist.flush()
    number = archivist.position
before = resident_mib()
archivist.upkeep(ARRIVED_US)
print(len([*folder.rglob("*.parquet")]), before, resident_mib())
"""


def test_a_merge_leaves_the_archivist_as_large_as_it_was(tmp_path: Path) -> None:
    environment = {**os.environ, **MEMORY}
    ran = subprocess.run(
        [sys.executable, "-c", ARCHIVING, str(tmp_path / "lake")], capture_output=True, env=environment, check=False
    )
    assert ran.returncode == 0, ran.stderr.decode()
    files, before_mib, after_mib = map(float, ran.stdout.split())
    assert files == FLUSHES + 1
    assert after_mib < before_mib + MOST_MIB
