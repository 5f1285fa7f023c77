"""On real logs the engine says what the oracle says: every rule that applies, on recorded attacks and their noise.

The engine judges all events of the recordings, batch by batch, as in a hunt. The oracle is asked of a sample that is
spread over all files; `tests/oracle/whole.py` asks it of every event.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from codedark.app.rules import Loaded
from codedark.detect.sigma.engine import Engine, Hit
from codedark.events.record import Batch
from tests.oracle.agreement import Agreement, compare
from tests.oracle.corpus import Oracle


@pytest.fixture(scope="module")
def oracle(corpus: Loaded) -> Oracle:
    return Oracle(corpus)


@pytest.mark.parametrize(("folder", "suffix", "one_in"), [("otrf", "zip", 250), ("evtx", "evtx", 15)])
def test_the_engine_says_what_the_oracle_says(
    corpus: Loaded,
    oracle: Oracle,
    shared_data: Path,
    record_property: Callable[[str, object], None],
    folder: str,
    suffix: str,
    one_in: int,
) -> None:
    engine = Engine(corpus.rulebook, corpus.routing)
    whole = Agreement()
    for path in sorted((shared_data / folder).rglob(f"*.{suffix}")):
        before = whole.events

        def chosen(number: int, found: bool, before: int = before) -> bool:
            # Most events match nothing: of those that do, more are asked.
            return (before + number) % one_in == 0 or (found and (before + number) % 10 == 0)

        whole.add(compare(path, engine, oracle, chosen))
    record_property("asked", f"{folder}: {len(oracle)} rules, {whole}")
    assert whole.asked > 500
    assert whole.matches > 50
    assert whole.differing == {}


class Withholding(Engine):
    """An engine that keeps its first finding in each batch to itself."""

    def judge(self, batch: Batch) -> Iterator[Hit]:
        yield from list(super().judge(batch))[1:]


def test_one_withheld_finding_is_a_difference(corpus: Loaded, oracle: Oracle, shared_data: Path) -> None:
    (path,) = (shared_data / "evtx").rglob("ID4103-4104-CrackMapExec payload execution.evtx")
    engine = Withholding(corpus.rulebook, corpus.routing)
    result = compare(path, engine, oracle)
    assert (result.differences, len(result.differing)) == (1, 1)
