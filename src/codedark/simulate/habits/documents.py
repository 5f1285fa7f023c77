"""Names of the files that people keep on shares and open on their desks."""

from __future__ import annotations

from random import Random

FOLDERS = (
    *("Duty rosters", "Protocols", "Quality", "Minutes", "Training", "Referral letters", "Purchasing", "Audits"),
    *(
        "Patient leaflets",
        "Infection control",
        "Handover",
        "Billing",
        "Theatre lists",
        "Equipment",
        "Projects",
        "Scans",
    ),
)
TITLES = (
    *("Week", "Protocol", "Minutes", "Letter", "Order", "Report", "Checklist", "Overview", "Budget", "Invoice", "Plan"),
    *("Leaflet", "Training record", "Inventory", "Complaint", "Survey", "Schedule", "Handover", "Statistics", "Draft"),
)
SUFFIXES = (".docx", ".xlsx", ".pdf", ".docx", ".xlsx", ".pdf", ".pptx", ".txt", ".csv", ".jpg")


def document(chance: Random) -> str:
    """A path without suffix below a share, with backslashes. Old files are opened as well as this week's."""
    folder = FOLDERS[int(chance.random() * len(FOLDERS))]
    title = TITLES[int(chance.random() * len(TITLES))]
    return f"{folder}\\{title} {int(chance.random() ** 2 * 400) + 1}"


def suffix(chance: Random) -> str:
    """How the name of a file ends."""
    return SUFFIXES[int(chance.random() * len(SUFFIXES))]
