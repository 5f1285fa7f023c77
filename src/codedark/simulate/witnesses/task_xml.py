"""The XML of a scheduled task, as event 4698 quotes it (MS-TSCH, 2.5.1)."""

from __future__ import annotations

from xml.sax.saxutils import escape

from codedark.simulate.habit import SECOND_US
from codedark.simulate.witnesses.clock import iso

_TASK = """<?xml version="1.0" encoding="UTF-16"?>\r
<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">\r
  <RegistrationInfo>\r
    <Date>%s</Date>\r
    <Author>%s</Author>\r
    <URI>\\%s</URI>\r
  </RegistrationInfo>\r
  <Principals>\r
    <Principal id="Author">\r
      <UserId>%s</UserId>\r
      <RunLevel>HighestAvailable</RunLevel>\r
    </Principal>\r
  </Principals>\r
  <Actions Context="Author">\r
    <Exec>\r
      <Command>%s</Command>\r
      <Arguments>%s</Arguments>\r
    </Exec>\r
  </Actions>\r
</Task>"""


def task_xml(name: str, user: str, command: str, arguments: str, at_us: int) -> str:
    """The definition of a task that ``user`` registered."""
    date = iso(at_us // SECOND_US * SECOND_US)[:19]
    parts = (user, name.removeprefix("\\"), user, command, arguments)
    return _TASK % (date, *map(escape, parts))
