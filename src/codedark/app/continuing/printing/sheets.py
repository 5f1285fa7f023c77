"""Sheets of paper: what stands on each of them, and the line below that says how old it is and which sheet it is.

A document is written in sections, one for a patient or a list; "page n of N" counts the sheets of a section, so that a
lost one is noticed. Places are points from the upper left corner. Only black, and no grey that copying would lose.
"""

from __future__ import annotations

from io import BytesIO
from typing import Any, Final

from reportlab import rl_config
from reportlab.graphics.barcode.code128 import Code128
from reportlab.graphics.barcode.qrencoder import QRCode, QRErrorCorrectLevel
from reportlab.pdfgen.canvas import Canvas

from codedark.app.continuing.printing.lettering import BOLD, REGULAR, Lettering, run_width

MM: Final = 72 / 25.4
A4: Final = (210 * MM, 297 * MM)
MARGIN: Final = 10 * MM
_FOOT: Final = 12 * MM
_SMALL: Final = 7.5
LEADING: Final = 1.22
"""From one line to the next, as a part of the size of letters."""
_MOST_BARS: Final = 40
_MASK: Final = 0
"""One of the eight of ISO/IEC 18004: readers take any, and trying all eight takes eight times as long."""


class Sheets:
    """A document in the making. ``foot`` stands at the foot of each sheet, beside "page n of N" (``numbered``)."""

    def __init__(self, lettering: Lettering, foot: str, numbered: str, not_shown: str, *, landscape: bool) -> None:
        self.width, self.height = A4[::-1] if landscape else A4
        self.lettering: Final = lettering
        self.bottom: Final = self.height - MARGIN - _FOOT
        """How far down a section may write."""
        self.left: Final = MARGIN
        self.right: Final = self.width - MARGIN
        self._foot, self._numbered, self._not_shown = foot, numbered, not_shown
        self._sections: list[list[list[tuple[str, tuple[Any, ...]]]]] = []
        self._lacking: set[int] = set()
        """Sheets on which a letter is missing, by the identity of their lists."""

    def section(self) -> None:
        """Begins a section, on a sheet of its own."""
        self._sections.append([])
        self.sheet()

    def sheet(self) -> None:
        """Begins the next sheet of the section."""
        self._sections[-1].append([])

    def text(self, x: float, y: float, line: str, size: float = 9, font: str = REGULAR) -> None:
        """One line, its letters standing on ``y``."""
        if self.lettering.lacks(line, font):
            self._lacking.add(id(self._sections[-1][-1]))
        for name, part in self.lettering.runs(line, font):
            self._draw("text", name, size, x, self.height - y, part)
            x += run_width(part, size, name)

    def block(self, x: float, y: float, text: str, room: float, size: float = 9, font: str = REGULAR) -> float:
        """Lines from ``y`` on, wrapped; returns where they end."""
        for line in self.lettering.lines(text, room, size, font):
            self.text(x, y + size, line, size, font)
            y += size * LEADING
        return y

    def part(self, x: float, y: float, text: str, room: float, most: int, style: tuple[float, str], more: str) -> float:
        """A block of at most so many lines; where it has more, the last one says how much is missing here, and where
        it stands (``more``). ``style``: size and font. Returns where it ends.
        """
        held = self.lettering.lines(text, room, *style)
        if len(held) > most:
            held = held[: most - 1]
            held.append(f"[… +{len(text) - sum(map(len, held))}: {more}]")
        return self.block(x, y, "\n".join(held), room, *style)

    def line(self, x: float, y: float, to_x: float, to_y: float, thick: float = 0.6) -> None:
        """A straight line."""
        self._draw("line", thick, x, self.height - y, to_x, self.height - to_y)

    def box(self, x: float, y: float, width: float, height: float, thick: float = 0.6) -> None:
        """A rectangle from its upper left corner."""
        self._draw("box", thick, x, self.height - y - height, width, height)

    def bars(self, x: float, y: float, value: str, width: float, height: float) -> None:
        """A Code 128 no wider than ``width``; none of what it cannot say whole: the QR code beside it can."""
        if not (value.isascii() and value.isprintable()) or len(value) > _MOST_BARS:
            return
        self._draw("bars", value, x, self.height - y - height, width, height)

    def square(self, x: float, y: float, value: str, side: float) -> None:
        """A QR code that reads with 15 % of it destroyed (level M)."""
        self._draw("square", value, x, self.height - y - side, side)

    def finished(self) -> bytes:
        """The document as PDF. The same sheets give the same bytes."""
        rl_config.useA85 = 0  # streams as they are: a quarter smaller, and quicker than as letters
        held = BytesIO()
        # Not compressed here: the pack is, and all documents together shrink four times as far.
        canvas = Canvas(held, pagesize=(self.width, self.height), invariant=1, pageCompression=0)
        for section in self._sections:
            for number, sheet in enumerate(section, 1):
                if id(sheet) in self._lacking:
                    _put(
                        canvas,
                        "text",
                        (REGULAR, _SMALL, self.left, MARGIN + _SMALL * LEADING + 4 * MM, self._not_shown),
                    )
                for kind, given in sheet:
                    _put(canvas, kind, given)
                self._footed(canvas, self._numbered.format(page=number, pages=len(section)))
                canvas.showPage()
        canvas.save()
        return held.getvalue()

    def _footed(self, canvas: Canvas, numbered: str) -> None:
        at = MARGIN + _SMALL * LEADING
        _put(canvas, "line", (0.8, self.left, at + 3 * MM, self.right, at + 3 * MM))
        room = self.right - self.left - self.lettering.width(numbered, _SMALL + 1, BOLD) - 4 * MM
        for place, line in enumerate(self.lettering.lines(self._foot, room, _SMALL, REGULAR)):
            x = self.left
            for name, part in self.lettering.runs(line, REGULAR):
                _put(canvas, "text", (name, _SMALL, x, at - place * _SMALL * LEADING - 1, part))
                x += run_width(part, _SMALL, name)
        x = self.right - self.lettering.width(numbered, _SMALL + 1, BOLD)
        _put(canvas, "text", (BOLD, _SMALL + 1, x, at - 1, numbered))

    def _draw(self, kind: str, *given: Any) -> None:
        self._sections[-1][-1].append((kind, given))


def _put(canvas: Canvas, kind: str, given: tuple[Any, ...]) -> None:
    match kind:
        case "text":
            font, size, x, y, text = given
            canvas.setFont(font, size)
            canvas.drawString(x, y, text)
        case "line":
            canvas.setLineWidth(given[0])
            canvas.line(*given[1:])
        case "box":
            canvas.setLineWidth(given[0])
            canvas.rect(*given[1:])
        case "bars":
            _bars(canvas, *given)
        case "square":
            _square(canvas, *given)


def _bars(canvas: Canvas, value: str, x: float, y: float, width: float, height: float) -> None:
    narrow = Code128(value, barWidth=1, barHeight=height, quiet=False)
    made = Code128(value, barWidth=width / narrow.width, barHeight=height, quiet=False)
    made.drawOn(canvas, x, y)


def _square(canvas: Canvas, value: str, x: float, y: float, side: float) -> None:
    code = QRCode(None, QRErrorCorrectLevel.M)
    code.addData(value)
    code.version = code.calculate_version()
    code.makeImpl(False, _MASK)
    count, room = code.getModuleCount(), -(-code.getModuleCount() // 8)
    rows = (int("".join("01"[bool(dark)] for dark in row), 2) << (room * 8 - count) for row in code.modules)
    bits = "".join(f"{row:0{2 * room}x}" for row in rows)
    place = f"{side:.2f} 0 0 {side:.2f} {x:.2f} {y:.2f}"
    picture = f"BI /W {count} /H {count} /BPC 1 /IM true /D [1 0] /F /AHx ID {bits}> EI"
    canvas._code.append(f"q {place} cm {picture} Q")  # noqa: SLF001 - drawn as squares it is ten times as long
