"""The status in the words of Prometheus: everything that can be counted, and no name of a patient or a person."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from codedark.app.untrusted import encodable
from codedark.app.watching.status import Status
from codedark.respond.incident import Status as Stands

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class _Statuses(Collector):
    def __init__(self, status: Callable[[], Status]) -> None:
        self._status = status

    def collect(self) -> Iterator[Metric]:
        """All metrics of this moment."""
        return metrics(self._status())


def exposition(status: Callable[[], Status]) -> bytes:
    """The page that Prometheus reads."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Statuses(status))
    return generate_latest(registry)


def metrics(status: Status) -> Iterator[Metric]:
    """One family after the other."""
    yield CounterMetricFamily("codedark_records_taken", "Records written to the journal.", status.taken)
    yield CounterMetricFamily("codedark_bytes_taken", "Bytes written to the journal.", status.taken_bytes)
    yield CounterMetricFamily("codedark_records_rejected", "Records that could not be read.", status.rejected)
    yield GaugeMetricFamily("codedark_journal_bytes", "Size of the journal.", status.journal_bytes)
    yield GaugeMetricFamily("codedark_disk_free_bytes", "Free on the disk of the journal.", status.free_bytes)
    usual, slowest = status.sync_seconds
    yield GaugeMetricFamily("codedark_journal_sync_seconds_median", "Until records are safe on the disk.", usual)
    yield GaugeMetricFamily("codedark_journal_sync_seconds_p99", "The same, 99 times of 100.", slowest)
    yield GaugeMetricFamily("codedark_alarms_unacknowledged", "Alarms that nobody has seen.", status.unacknowledged)
    yield GaugeMetricFamily("codedark_problems", "What a person should do something about.", len(status.problems))
    judged = CounterMetricFamily("codedark_records_judged", "Records judged, by log.", labels=["log"])
    for log, count in status.judged.items():
        judged.add_metric([encodable(log)], count)
    yield judged
    findings = CounterMetricFamily("codedark_findings", "Findings, by level.", labels=["level"])
    for level, count in status.findings.items():
        findings.add_metric([level], count)
    yield findings
    incidents = GaugeMetricFamily("codedark_incidents", "Incidents, by where they stand.", labels=["status"])
    for stands in Stands:
        incidents.add_metric([stands], sum(incident.status is stands for incident in status.incidents))
    yield incidents
    yield from _of_parts(status)
    yield from _of_sources(status)


def _of_parts(status: Status) -> Iterator[Metric]:
    up = GaugeMetricFamily("codedark_part_up", "Whether a part runs.", labels=["part"])
    starts = CounterMetricFamily("codedark_part_starts", "How often a part was started.", labels=["part"])
    records = GaugeMetricFamily("codedark_part_behind_records", "Records still to be followed.", labels=["part"])
    seconds = GaugeMetricFamily("codedark_part_behind_seconds", "How old the last one followed is.", labels=["part"])
    aside = GaugeMetricFamily("codedark_part_set_aside", "Set aside: an error of Code Dark itself.", labels=["part"])
    for part in status.parts:
        up.add_metric([part.name], part.running)
        starts.add_metric([part.name], part.starts)
        records.add_metric([part.name], part.behind_records)
        seconds.add_metric([part.name], part.behind_seconds)
        aside.add_metric([part.name], part.set_aside)
    yield from (up, starts, records, seconds, aside)


def _of_sources(status: Status) -> Iterator[Metric]:
    records = CounterMetricFamily("codedark_source_records", "Records taken from a source.", labels=["source"])
    dropped = CounterMetricFamily("codedark_source_dropped", "Records lost at a source (UDP).", labels=["source"])
    rejected = CounterMetricFamily("codedark_source_rejected", "What could not be cut into records.", labels=["source"])
    refused = CounterMetricFamily("codedark_source_refused", "Turned away.", labels=["source", "reason"])
    connections = GaugeMetricFamily("codedark_source_connections", "Open connections.", labels=["source"])
    for source in status.sources:
        name = encodable(source.name)
        records.add_metric([name], source.stats.records)
        dropped.add_metric([name], source.stats.dropped)
        rejected.add_metric([name], source.stats.rejected)
        connections.add_metric([name], source.stats.connections)
        for reason, count in source.stats.refused.items():
            refused.add_metric([name, reason], count)
    yield from (records, dropped, rejected, refused, connections)
