"""What mails and events have in common: whose they are, and which mailbox they come from."""

from collections.abc import Mapping
from typing import Any

from shared.domain.programme import Programme
from shared.ports import Renderer
from shared.services.base.queues import Queues


class Letterhead:
    """Renders what leaves a mailbox."""

    def __init__(self, *, renderer: Renderer, queues: Queues) -> None:
        self._renderer = renderer
        self._queues = queues

    def text(self, programme: Programme, template: str, values: Mapping[str, Any]) -> tuple[str, str]:
        """Returns subject and HTML of a template with these values, and with what stands in every one."""
        mailbox = self._queues.mailbox(programme)
        return self._renderer.mail(template, {**values, "mailbox": mailbox, "imprint": programme.imprint})
