"""Counters and durations through OpenTelemetry's interface: they go nowhere until a deployment sets a provider."""

from opentelemetry import metrics

from shared.ports import Metric


class OpenTelemetryMetrics:
    """See ``ports.Metrics``."""

    def __init__(self) -> None:
        meter = metrics.get_meter("mentoring")
        self._counters = {metric: meter.create_counter(f"mentoring.{metric}") for metric in Metric}
        self._age = meter.create_histogram("mentoring.outbox.age", unit="s")

    def count(self, metric: Metric, number: int = 1, **of: str) -> None:
        """See the port."""
        self._counters[metric].add(number, of)

    def outbox_age(self, seconds: float) -> None:
        """See the port."""
        self._age.record(seconds)
