"""The HTML report of a hunt: one self-contained page that opens with no network and prints."""

from codedark.app.report.page import render

__all__ = ["render"]
