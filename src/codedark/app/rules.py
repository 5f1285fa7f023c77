"""Loading rules: find the files, take the compiled form from the cache or compile, and tell what cannot run."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import yaml

from codedark.detect.sigma.rulebook import Rulebook
from codedark.errors import UnusableInput, UsageError
from codedark.events.logsource import Routing, load_routing
from codedark.store.rule_cache import RuleCache, key_of

HOSPITAL_RULES = "hospital"
"""What ``--rules`` calls the rules that come with Code Dark; a folder of that name is ``./hospital``."""

OnProgress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Loaded:
    """Rules ready to run, the map that says which records they are for, and whether they had to be compiled."""

    rulebook: Rulebook
    routing: Routing
    compiled: bool


def load_rules(
    sources: Sequence[str],
    placeholders: Mapping[str, Sequence[str]],
    cache: RuleCache | None,
    on_progress: OnProgress = lambda _done, _in_all: None,
) -> Loaded:
    """The rules in the files and folders ``sources`` (or `HOSPITAL_RULES`).

    ``on_progress`` is told files done and files in all while compiling. Raises `UnusableInput` for a source that
    cannot be read and `UsageError` when there is no rule file at all.
    """
    texts = [(path, text) for source in sources for path, text in _rule_files(source)]
    texts = list(dict(texts).items())
    if not texts:
        raise UsageError(f"no rule files (.yml, .yaml) in {', '.join(sources)}: name a folder that holds Sigma rules")
    map_text = (files("codedark") / "content" / "logsource.yaml").read_text("utf-8")
    key = key_of(texts, placeholders, map_text)
    routing = load_routing(map_text)
    known = cache.load(key) if cache else None
    if known is not None:
        return Loaded(known, routing, compiled=False)
    # pySigma is only needed to compile: a hunt with compiled rules starts without it.
    from codedark.detect.sigma.compile import RuleFile, compile_rules  # noqa: PLC0415

    rule_files = [RuleFile(path, text) for path, text in texts]
    rulebook = compile_rules(rule_files, routing, placeholders, lambda done: on_progress(done, len(texts)))
    if cache:
        cache.save(key, rulebook)
    return Loaded(rulebook, routing, compiled=True)


def read_placeholders(path: Path) -> dict[str, list[str]]:
    """The values under ``placeholders:`` of a ``hospital.yaml``. Raises `UnusableInput` when they cannot be read."""
    try:
        document = yaml.safe_load(path.read_text("utf-8"))
    except OSError as error:
        raise UnusableInput(f"{path}: cannot be read ({error.strerror})") from error
    except (ValueError, yaml.YAMLError) as error:  # a date that does not exist is a ValueError
        raise UnusableInput(f"{path}: cannot be read as YAML ({' '.join(str(error).split())})") from error
    except RecursionError as error:
        raise UnusableInput(f"{path}: cannot be read as YAML (it is nested too deep)") from error
    found = document.get("placeholders") or {} if isinstance(document, dict) else None
    if not isinstance(found, dict):
        raise UnusableInput(f"{path}: `placeholders:` must map each name to a list of values")
    return {str(name): [str(value) for value in _listed(values)] for name, values in found.items()}


def _listed(values: object) -> Sequence[object]:
    return values if isinstance(values, list) else [values]


def _rule_files(source: str) -> Iterator[tuple[str, bytes]]:
    if source == HOSPITAL_RULES:
        folder = Path(str(files("codedark") / "content" / "rules"))
        for path, text in _rule_files(str(folder)):
            yield f"{HOSPITAL_RULES}/{Path(path).relative_to(folder)}", text
        return
    try:
        if os.path.isfile(source):  # noqa: PTH113 - strings all the way: thousands of Path objects cost a start-up
            yield source, _read(source)
            return
        if not os.path.isdir(source):  # noqa: PTH112
            raise UnusableInput(f"--rules {source}: there is no such file or folder")
        for path in sorted(_walk(source)):
            yield path, _read(path)
    except OSError as error:
        raise UnusableInput(f"{error.filename}: cannot be read ({error.strerror})") from error


def _walk(folder: str, above: frozenset[str] = frozenset()) -> Iterator[str]:
    """The rule files in a folder, except below a link that leads back to a folder ``above``."""
    real = os.path.realpath(folder)
    if real in above:
        return
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir():
                yield from _walk(entry.path, above | {real})
            elif entry.name.endswith((".yml", ".yaml")):
                if not entry.is_file():
                    raise UnusableInput(f"{entry.path}: this is no file, or a link to nowhere: take it away")
                yield entry.path


def _read(path: str) -> bytes:
    with open(path, "rb") as file:  # noqa: PTH123
        return file.read()
