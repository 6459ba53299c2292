"""Counters and durations through OpenTelemetry's interface: they go nowhere until a deployment sets a provider."""

from opentelemetry import metrics

from shared.ports import Figure


class OpenTelemetryFigures:
    """See ``ports.Figures``."""

    def __init__(self) -> None:
        meter = metrics.get_meter("mentoring")
        self._counters = {figure: meter.create_counter(f"mentoring.{figure}") for figure in Figure}
        self._age = meter.create_histogram("mentoring.outbox.age", unit="s")

    def count(self, figure: Figure, number: int = 1, **of: str) -> None:
        """See the port."""
        self._counters[figure].add(number, of)

    def outbox_age(self, seconds: float) -> None:
        """See the port."""
        self._age.record(seconds)
