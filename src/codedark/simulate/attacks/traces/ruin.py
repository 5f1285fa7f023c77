"""Traces of destruction on machines: files encrypted or overwritten, backups deleted. Made lazily, slice by slice."""

from __future__ import annotations

from collections.abc import Iterator

from codedark.simulate.acts import Act, BackupRan, FileWritten, ServiceChanged, Started
from codedark.simulate.attacks.scene import Moment
from codedark.simulate.attacks.script import Count
from codedark.simulate.attacks.traces.endpoint import started
from codedark.simulate.attacks.traces.kinds import trace
from codedark.simulate.attacks.traces.shares import A_FOLDER, document
from codedark.simulate.habits.protection import BACKUP_JOBS
from codedark.simulate.site import Family, Function

FILES = Count(60, 240)


@trace("encrypt_host")
def encrypt_host(m: Moment, by: str, extension: str, note: str, files: Count = FILES) -> Iterator[Act]:
    """A program (`by`) rewrites files on the step's own host until the end of the step and leaves ransom notes."""
    for index, (at_us, folder, name) in enumerate(_files(m, m.chance.randint(*files))):
        yield _written(m, at_us, by, folder, f"{name}{extension}")
        if index % A_FOLDER == 0:
            yield _written(m, at_us, by, folder, note)


@trace("wipe")
def wipe(m: Moment, by: str, files: Count = FILES) -> Iterator[Act]:
    """A program (`by`) overwrites files on the step's own host until the end of the step, then restarts it into
    nothing.
    """
    at_us = m.at_us
    for at_us, folder, name in _files(m, m.chance.randint(*files)):
        yield _written(m, at_us, by, folder, name)
    windows = m.host.family is Family.WINDOWS
    image, line = ("shutdown.exe", "shutdown.exe /r /f /t 0") if windows else ("shutdown", "shutdown -r now")
    yield started(m, at_us, image, line, by, integrity="High")
    yield Started(m.until_us - 1, m.host.id, up=False, step=m.step)


@trace("backup_delete")
def backup_delete(m: Moment, stop_service: bool = True) -> Iterator[Act]:
    """Every backup job and its restore points are deleted on the backup server, and its service stops."""
    server = m.site.server(Function.BACKUP).id
    jobs = [job for job, *_ in BACKUP_JOBS]
    for index, job in enumerate(jobs):
        yield BackupRan(m.later(index * 4), server, job, "deleted", 0, 3, m.account, m.step)
    if stop_service:
        yield ServiceChanged(m.later(len(jobs) * 4), server, "VeeamBackupSvc", "stopped", m.account, m.step)


def _files(m: Moment, total: int) -> Iterator[tuple[int, str, str]]:
    """When and what: times spread until the end of the step, folders, names."""
    pause_us = max(1, (m.until_us - m.at_us) // (total + 1))
    for index in range(total):
        yield m.at_us + index * pause_us, *document(index)


def _written(m: Moment, at_us: int, by: str, folder: str, name: str) -> FileWritten:
    program = m.scene.program(m.host, by)
    windows = m.host.family is Family.WINDOWS
    place = f"C:\\Users\\Public\\Documents\\{folder}\\" if windows else f"/var/data/{folder}/"
    return FileWritten(at_us, m.host.id, m.account, program.process_id, program.image, place + name, m.step)
