"""Simulate into a folder: inventory, logs, messages, resources and ground truth.

Inventory and truth come first: where there are logs, there is a model to read them by. Every job lives through the same
acts and writes only its own logs. That costs each of them the acts once more, and buys that no byte depends on the
number of jobs, with nothing to merge (docs/adr/0009).
"""

from __future__ import annotations

import gc
import multiprocessing
import os
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from pathlib import Path

from codedark.app.interruption import undisturbed
from codedark.app.simulation.files import write_inventory, write_resources, write_truth
from codedark.app.simulation.recorder import Recorder, all_witnesses
from codedark.errors import CodeDarkError
from codedark.simulate.habit import SLICE_US
from codedark.simulate.world import Order, World, world_of

Tell = Callable[[int, int, int], None]
"""Hears how many slices are done, how many there are, and how many records are written."""


@dataclass(frozen=True, slots=True)
class Written:
    """The account of a simulation: records and bytes by log (``windows/security``), ``hl7``, and ``fhir/`` with the
    type.
    """

    records: Counter[str] = field(default_factory=Counter)
    octets: Counter[str] = field(default_factory=Counter)

    def to_json(self) -> dict[str, dict[str, int]]:
        """Records and bytes by log, in the order of names."""
        return {name: {"records": self.records[name], "bytes": self.octets[name]} for name in sorted(self.records)}


def write_hospital(order: Order, out: Path, jobs: int = 1, tell: Tell = lambda *_: None) -> Written:
    """Write the hospital of ``order`` into ``out``, a new folder.

    Raises `CodeDarkError` where a worker process ends early, and OSError where something cannot be written.
    """
    world = world_of(order)
    write_inventory(world, out)
    write_truth(world, out)
    gc.collect()
    gc.freeze()  # the world stays to the end, and what is made in a slice holds no cycles
    return _in_processes(world, out, jobs, tell) if jobs > 1 else _share(world, out, 0, 1, tell)


def _share(world: World, out: Path, job: int, jobs: int, tell: Tell) -> Written:
    """Live through all acts and write the logs whose turn it is; the last job writes FHIR."""
    mine = [witness for index, witness in enumerate(all_witnesses(world)) if index % jobs == job]
    slices = len(range(world.order.first_us, world.order.last_us, SLICE_US))
    with Recorder(out, mine) as recorder:
        for done, acts in enumerate(world.live(), 1):
            recorder.record(acts)
            tell(done, slices, recorder.records.total())
    account = Written(recorder.records, recorder.octets)
    if job == jobs - 1:
        write_resources(world, out, account.records, account.octets)
    return account


def _in_processes(world: World, out: Path, jobs: int, tell: Tell) -> Written:
    """Let ``jobs`` forked processes each write their share."""
    context = multiprocessing.get_context("fork")
    told: dict[Connection, tuple[int, int, int]] = {}
    processes = []
    account = Written()
    try:
        for job in range(jobs):
            ours, theirs = context.Pipe(duplex=False)
            process = context.Process(target=_work, args=(theirs, world, out, job, jobs), daemon=True)
            with undisturbed():
                process.start()
            theirs.close()
            processes.append(process)
            told[ours] = (0, 1, 0)
        listening = list(told)
        while listening:
            for pipe in wait(listening):
                assert isinstance(pipe, Connection)
                try:
                    message = pipe.recv()
                except EOFError as error:
                    raise CodeDarkError(f"{out}: a worker ended early: out of memory? Try fewer --jobs") from error
                if isinstance(message, Exception):
                    raise message
                if isinstance(message, Written):
                    account.records.update(message.records)
                    account.octets.update(message.octets)
                    listening.remove(pipe)
                else:
                    told[pipe] = message
                    tell(min(each[0] for each in told.values()), message[1], sum(each[2] for each in told.values()))
    finally:
        for process in processes:
            process.terminate()
            process.join()
    return account


def _work(pipe: Connection, world: World, out: Path, job: int, jobs: int) -> None:
    try:
        pipe.send(_share(world, out, job, jobs, lambda *said: pipe.send(said)))
    except BrokenPipeError:
        pass  # the parent has ended
    except (CodeDarkError, OSError) as error:
        pipe.send(error)
    pipe.close()
    os._exit(0)  # what the parent had not yet written when it forked us is not ours to write
