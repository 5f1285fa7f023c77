"""`codedark pack verify` and `open`: look at a sealed pack anywhere, with this program and a file of keys."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from codedark.app.amounts import amount
from codedark.app.untrusted import one_line
from codedark.continuity.packs.manifest import Manifest
from codedark.continuity.packs.pack_data import FILE, from_bytes
from codedark.continuity.packs.printed_of import sheets_of
from codedark.errors import UnusableInput, UsageError
from codedark.store.durable import put
from codedark.store.packs.keys import read_public_key
from codedark.store.packs.seal import MOST_BYTES, NotAPack, read_sealed, unseal

FileArgument = Annotated[Path, typer.Argument(metavar="FILE", help="A sealed pack.")]
PublicOption = Annotated[
    Path, typer.Option("--public", metavar="FILE", help="public.json of the ceremony, or a ward's ward.json.")
]
KeyHelp = "recovery.key, or a ward's ward.json."


def verify(
    file: FileArgument,
    public: PublicOption,
    key: Annotated[Path | None, typer.Option("--key", metavar="FILE", help=f"Unseals it too: {KeyHelp}")] = None,
    above: Annotated[int, typer.Option("--above", min=0, help="The number that it must be above.")] = 0,
) -> None:
    """Check who made a pack, its number and its checksum; nothing secret is needed. With a key also what is inside."""
    told, content = _checked(file, public)
    if told.counter <= above:
        raise UnusableInput(f"{file}: its number is {told.counter}, which is not above {above}: it is an old pack")
    built = datetime.fromtimestamp(told.built_us / 1_000_000, UTC)
    lines = [
        f"{told.ward_name} ({told.ward}), {told.hospital}: pack {told.counter} of {built:%Y-%m-%d %H:%M} UTC",
        f"{amount(told.patients, 'patient')}. Signed with the hospital's key, and whole.",
    ]
    if key is not None:
        files = unseal(content, _secret(key))
        inside = from_bytes(files[FILE])
        if (inside.hospital, inside.ward, inside.counter) != (told.hospital, told.ward, told.counter):
            raise UnusableInput(f"{file}: what is inside is of another ward or number than what is told of it")
        lines.append(
            "Inside: " + ", ".join(f"{name} ({(len(held) + 1023) // 1024} KiB)" for name, held in files.items())
        )
    sys.stdout.write("".join(f"{one_line(line)}\n" for line in lines))


def open_(
    file: FileArgument,
    public: PublicOption,
    key: Annotated[Path, typer.Option("--key", metavar="FILE", help=KeyHelp)],
    out: Annotated[Path, typer.Option("--out", metavar="FOLDER", help="Where its files are put; made if missing.")],
) -> None:
    """Put the files of a pack into a folder: the page, and the documents to print. They are not locked any more."""
    _, content = _checked(file, public)
    lay_out(unseal(content, _secret(key)), out)


def lay_out(files: dict[str, bytes], out: Path) -> None:
    """Write the files of a pack for their owner alone, name them, and say how many sheets to print. Raises OSError."""
    out.mkdir(parents=True, exist_ok=True, mode=0o700)
    for name, held in files.items():
        put(out / name, held, 0o600)
        sys.stdout.write(f"{out / name}\n")
    if sheets := sheets_of(files):
        each = ", ".join(f"{name} {count}" for name, count in sheets.items())
        sys.stdout.write(f"{amount(sum(sheets.values()), 'sheet')} if all is printed: {each}\n")


def _checked(file: Path, public: Path) -> tuple[Manifest, bytes]:
    keys = read_public_key(public)
    try:
        with file.open("rb") as opened:
            sealed = read_sealed(opened.read(MOST_BYTES + 1), keys.verifying)
    except OSError as error:
        raise UnusableInput(f"{file}: cannot be read ({error.strerror})") from error
    except NotAPack as error:
        raise UnusableInput(f"{file}: {error}") from error
    came, told = sealed.received, sealed.received.manifest
    if not came.is_signed:
        raise UnusableInput(f"{file}: not signed with the key of {keys.hospital}: somebody else made it, or altered it")
    if (came.sha256, came.size_bytes) != (told.sha256, told.size_bytes):
        raise UnusableInput(f"{file}: its content is not what was signed: it is damaged, cut short or altered")
    return told, sealed.content


def _secret(path: Path) -> str:
    """The secret key in a recovery key or in a ward's file."""
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UnusableInput(f"{path}: cannot be read as a key ({error})") from error
    if not text.startswith("{"):
        return text
    try:
        return str(msgspec.json.decode(text)["transport"])
    except (msgspec.MsgspecError, KeyError) as error:
        raise UsageError(f"{path}: there is no key in it: {KeyHelp}") from error
