"""The clock by which the keeper knows when a plan is over."""

from __future__ import annotations

import shutil
import subprocess
import sys

import pytest

_UNSHARE = shutil.which("unshare")
_LOOK = "import inspect, time; from codedark.app.enforcing.keeping import Keeper\n"
_LOOK += "print(inspect.signature(Keeper).parameters['ticks'].default() - time.monotonic())"


def test_hours_in_which_a_laptop_slept_count_towards_the_end_of_a_plan() -> None:
    slept = [_UNSHARE or "unshare", "--time", "--fork", "--boottime", "86400"]
    if not _UNSHARE or subprocess.run([*slept, "true"], check=False, capture_output=True).returncode:
        pytest.skip("there are no namespaces of time here")

    def ahead(*before: str) -> float:
        done = subprocess.run([*before, sys.executable, "-c", _LOOK], check=True, capture_output=True, text=True)
        return float(done.stdout)

    assert ahead(*slept) - ahead() == pytest.approx(86_400, abs=60)
