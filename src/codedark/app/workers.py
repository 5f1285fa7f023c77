"""Several processes over one list of units, with what they say in the order of the units.

Each worker takes the next unit when it is free. The parent hands on what is said of the first unit that is not
finished as it comes, and keeps what is said of later ones; when it keeps too much it stops listening to
the workers that are ahead, until the first has caught up. So output is the same for any number of jobs, and
memory is bounded.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
from collections import defaultdict, deque
from collections.abc import Callable, Iterator, Sequence
from multiprocessing.connection import Connection, wait
from typing import NamedTuple

from codedark.app.interruption import undisturbed
from codedark.app.judging import Judge, Said
from codedark.app.units import Unit
from codedark.errors import CodeDarkError
from codedark.events.logsource import LogSource

_MOST_KEPT = 4000


class Done(NamedTuple):
    """A unit is finished; ``met`` are the log sources that its worker has met until now."""

    met: frozenset[LogSource]


class Failed(NamedTuple):
    """A worker cannot go on, for a reason that ends the hunt."""

    reason: str


Message = Said | Done


def in_this_process(judge: Judge, units: Iterator[Unit]) -> Iterator[tuple[Unit, Message]]:
    """Judge the units here, one after the other."""
    for unit in units:
        for said in judge.judge(unit):
            yield unit, said
        yield unit, Done(judge.met)


def in_processes(make_judge: Callable[[], Judge], units: Sequence[Unit], jobs: int) -> Iterator[tuple[Unit, Message]]:
    """Judge the units in ``jobs`` forked processes; the order is that of `in_this_process`."""
    context = multiprocessing.get_context("fork")
    waiting = deque(enumerate(units))
    kept: defaultdict[int, deque[Message]] = defaultdict(deque)
    at_work: dict[Connection, int] = {}
    processes = []
    first = 0
    try:
        for _ in range(min(jobs, len(units))):
            ours, theirs = context.Pipe()
            process = context.Process(target=_work, args=(theirs, ours, make_judge), daemon=True)
            with undisturbed():
                process.start()
            theirs.close()
            processes.append(process)
            at_work[ours] = _give(ours, waiting)
        while first < len(units):
            while kept[first]:
                message = kept[first].popleft()
                yield units[first], message
                if isinstance(message, Done):
                    del kept[first]
                    first += 1
                    if first == len(units):
                        return
            ahead = sum(_weight(each) for mine in kept.values() for each in mine) > _MOST_KEPT
            listen = [pipe for pipe, index in at_work.items() if index == first or not ahead]
            for pipe in wait(listen):
                assert isinstance(pipe, Connection)
                index = at_work[pipe]
                try:
                    message = pipe.recv()
                    if isinstance(message, Done):
                        at_work[pipe] = _give(pipe, waiting)
                except (EOFError, OSError) as error:
                    raise CodeDarkError(
                        f"a worker ended while it read {units[index].path}: out of memory? Try --jobs 1"
                    ) from error
                if isinstance(message, Failed):
                    raise CodeDarkError(message.reason)
                kept[index].append(message)
                if at_work[pipe] < 0:
                    del at_work[pipe]
    finally:
        for process in processes:
            process.terminate()
            process.join()


def _weight(message: Message) -> int:
    """Roughly how many records a message holds."""
    return 1 + len(message.findings) + len(message.rejected) if isinstance(message, Said) else 1


def _give(pipe: Connection, waiting: deque[tuple[int, Unit]]) -> int:
    """Give the next unit to a worker; its index, or -1 when there is none left."""
    if not waiting:
        pipe.send(None)
        return -1
    index, unit = waiting.popleft()
    pipe.send(unit)
    return index


def _work(pipe: Connection, of_parent: Connection, make_judge: Callable[[], Judge]) -> None:
    of_parent.close()  # or we would not notice that the parent has ended
    judge = make_judge()
    gc.freeze()
    try:
        while (unit := pipe.recv()) is not None:
            for said in judge.judge(unit):
                pipe.send(said)
            pipe.send(Done(judge.met))
    except CodeDarkError as error:
        pipe.send(Failed(str(error)))
    except (EOFError, BrokenPipeError, ConnectionResetError):
        pass  # the parent has ended
    os._exit(0)  # what the parent had not yet written when it forked us is not ours to write
