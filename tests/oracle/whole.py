"""Every rule of SigmaHQ on every recorded event, by the engine and by the oracle.

    python -m tests.oracle.whole RESULTS.jsonl [--jobs 2]

Takes minutes to an hour, by the machine. RESULTS.jsonl gets one line for each file of logs as it is done; called
again at the same commit, the run goes on with the files that have none. The exit code is 1 if anything differs.
"""

from __future__ import annotations

import argparse
import multiprocessing
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Final

import orjson

from codedark.app.rules import Loaded, load_rules
from codedark.detect.sigma.engine import Engine
from codedark.store.rule_cache import RuleCache
from tests.oracle.agreement import Agreement, compare
from tests.oracle.corpus import Oracle

ROOT: Final = Path(__file__).resolve().parent.parent.parent
DATA: Final = ROOT.parent / "shared" / "data"
LOGS: Final = {"otrf": "*.zip", "evtx": "*.evtx"}


def commit() -> str:
    """The commit that is tried; it ends in ``-dirty`` where the checkout holds something else."""
    command = ["git", "describe", "--always", "--abbrev=40", "--match=", "--dirty"]
    return subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout.strip()


def logs() -> list[Path]:
    """The files of logs, the largest first, so that the processes end together."""
    found = [path for folder, pattern in LOGS.items() for path in (DATA / folder).rglob(pattern)]
    return sorted(found, key=lambda path: (-path.stat().st_size, path))


def told(results: Path, tried: str) -> dict[str, Agreement]:
    """What a former run of the same commit said, by file."""
    if not results.exists() or tried.endswith("-dirty"):
        return {}
    lines = [orjson.loads(line) for line in results.read_bytes().splitlines()]
    return {line["file"]: Agreement(**line["agreement"]) for line in lines if line["commit"] == tried}


def asked(corpus: Loaded, files: Sequence[Path], jobs: int) -> Iterator[tuple[Path, Agreement]]:
    """Each file with what came of it, as the processes are done with them."""
    context = multiprocessing.get_context("fork")
    with context.Pool(jobs, _begin, (corpus,)) as pool:
        yield from pool.imap_unordered(_ask, files)


_ask_of: Callable[[Path], Agreement]


def _begin(corpus: Loaded) -> None:
    global _ask_of  # noqa: PLW0603 what a process of the pool has for all its files
    _ask_of = partial(compare, engine=Engine(corpus.rulebook, corpus.routing), oracle=Oracle(corpus))


def _ask(path: Path) -> tuple[Path, Agreement]:
    return path, _ask_of(path)


def say(text: str, differing: Mapping[str, Sequence[str]] = MappingProxyType({})) -> None:
    """One line, and one for each rule that differs."""
    for line in [text, *(f"  {rule}: {', '.join(places)}" for rule, places in differing.items())]:
        print(line, flush=True)  # noqa: T201 a person waits for it


def main() -> None:
    """Run, print each file and the whole."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("results", type=Path)
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    tried, whole = commit(), Agreement()
    done = told(options.results, tried)
    for agreement in done.values():
        whole.add(agreement)
    left = [path for path in logs() if str(path.relative_to(DATA)) not in done]
    with tempfile.TemporaryDirectory() as folder:
        corpus = load_rules([str(DATA / "sigma" / "corpus")], {}, RuleCache(Path(folder)))
    say(f"{tried}: {len(Oracle(corpus))} rules, {len(left)} files to do, {len(done)} done before")
    with options.results.open("ab") as out:
        for path, agreement in asked(corpus, left, options.jobs):
            name = str(path.relative_to(DATA))
            whole.add(agreement)
            out.write(orjson.dumps({"commit": tried, "file": name, "agreement": asdict(agreement)}) + b"\n")
            out.flush()
            say(f"{name}: {agreement}", agreement.differing)
    say(f"together: {whole}", whole.differing)
    sys.exit(1 if whole.differences else 0)


if __name__ == "__main__":
    main()
