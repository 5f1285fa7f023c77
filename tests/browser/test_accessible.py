"""The page can be used with gloves, by keyboard, by a screen reader, on a narrow screen and without seeing colours."""

from __future__ import annotations

import functools
import json
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

VIEWS = ("ward", "patient/0", "patient/4", "due", "moves", "pending", "isolation", "phones", "protocols", "numbers")
AXE = "4.14.1"
LEAST_PIXELS = 44
LEAST_CONTRAST = 4.5

SMALL_TARGETS = """least => [...document.querySelectorAll('a, button, select, input')]
  .map(each => each.type === 'checkbox' ? each.closest('label') : each)
  .filter(each => each.offsetParent !== null && !each.classList.contains('skip'))
  .filter(each => each.getBoundingClientRect().height < least)
  .map(each => each.outerHTML.slice(0, 200))"""

WITHOUT_NAME = """() => [...document.querySelectorAll('input, select, button, a')]
  .filter(each => !(each.labels && each.labels.length) && !each.textContent.trim())
  .map(each => each.outerHTML.slice(0, 200))"""

CONTRASTS = """() => {
  const parts = colour => (colour.match(/[0-9.]+/g) || []).map(Number);
  const light = colour => {
    const [red, green, blue] = parts(colour).map(each => each / 255)
      .map(each => each <= 0.04045 ? each / 12.92 : ((each + 0.055) / 1.055) ** 2.4);
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const ground = element => {
    for (let each = element; each; each = each.parentElement) {
      const colour = getComputedStyle(each).backgroundColor;
      if (parts(colour)[3] !== 0) return colour;
    }
    return 'rgb(255, 255, 255)';
  };
  return [...document.querySelectorAll('body *')]
    .filter(each => each.offsetParent !== null)
    .filter(each => [...each.childNodes].some(node => node.nodeType === 3 && node.data.trim()))
    .map(each => {
      const lights = [light(getComputedStyle(each).color), light(ground(each))].sort((one, other) => other - one);
      return { text: each.textContent.slice(0, 60), contrast: (lights[0] + 0.05) / (lights[1] + 0.05) };
    });
}"""


def test_every_target_is_large_enough_for_a_glove(locked_page: Page) -> None:
    assert locked_page.evaluate(SMALL_TARGETS, LEAST_PIXELS) == []


@pytest.mark.parametrize("view", VIEWS)
def test_every_view_can_be_hit_named_and_read(shared_page: Page, view: str) -> None:
    shown(shared_page, view)
    assert shared_page.evaluate(SMALL_TARGETS, LEAST_PIXELS) == []
    assert shared_page.evaluate(WITHOUT_NAME) == []
    assert shared_page.locator("h1").count() == 1
    faint = [each for each in shared_page.evaluate(CONTRASTS) if each["contrast"] < LEAST_CONTRAST]
    assert faint == []


@pytest.mark.parametrize("view", VIEWS)
def test_nothing_is_cut_on_a_narrow_screen(shared_page: Page, view: str) -> None:
    # WCAG 2.2, 1.4.10 (reflow): 320 CSS pixels, no scrolling in two directions.
    shared_page.set_viewport_size({"width": 320, "height": 640})
    shown(shared_page, view)
    width = shared_page.evaluate("() => document.scrollingElement.scrollWidth")
    shared_page.set_viewport_size({"width": 1280, "height": 900})
    assert width <= 320


@pytest.mark.parametrize("view", VIEWS)
def test_axe_finds_nothing_against_wcag_2_2_aa(shared_page: Page, view: str) -> None:
    program = axe()
    shown(shared_page, view)
    assert violations(shared_page, program) == []


def test_axe_finds_nothing_on_the_locked_page(locked_page: Page) -> None:
    assert violations(locked_page, axe()) == []


def shown(page: Page, view: str) -> None:
    page.evaluate("view => { location.hash = ''; location.hash = view; }", view)
    expect(page.locator("main")).to_have_class(view.split("/", maxsplit=1)[0])


def violations(page: Page, program: str) -> list[Any]:
    tags = json.dumps(["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"])
    page.evaluate(f"() => {{ {program}\n }}")
    found = page.evaluate(f"() => axe.run(document, {{ runOnly: {{ type: 'tag', values: {tags} }} }})")
    assert found["passes"]
    return [(each["id"], each["help"], [node["html"][:200] for node in each["nodes"]]) for each in found["violations"]]


@functools.cache
def axe() -> str:
    """The source of axe-core (Deque, MPL 2.0), fetched by npm for the test alone; skips where that cannot be done."""
    npm = shutil.which("npm")
    if not npm:
        pytest.skip("npm is not installed, so that axe-core cannot be had; our own checks ran")
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [npm, "pack", "--silent", f"axe-core@{AXE}"], cwd=folder, capture_output=True, timeout=120, check=False
        )
        packed = Path(folder) / f"axe-core-{AXE}.tgz"
        if done.returncode or not packed.exists():
            pytest.skip("axe-core could not be fetched from npm; our own checks ran")
        with tarfile.open(packed) as archive:
            held = archive.extractfile("package/axe.min.js")
            assert held
            return held.read().decode()
