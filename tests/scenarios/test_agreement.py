"""On real logs the engine says what the oracle says: every rule that applies, on recorded attacks and their noise.

The engine judges all events of the recordings, batch by batch, as in a hunt. The oracle is asked of a sample that is
spread over all files; `tests/oracle/whole.py` asks it of every event.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from codedark.app.rules import Loaded
from codedark.detect.sigma.engine import Engine
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
