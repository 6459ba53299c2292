"""Reading a mapping by its keys: each wrong, missing or misspelt one becomes a finding, and reading goes on.

A method that finds a mistake answers with a harmless value: a file with an error is refused in the end.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel, ValidationError

from shared.proofread.finding import Acceptance, Finding, Severity
from shared.proofread.tree import Listing, Mapping, Node, Words
from shared.proofread.words import Problem, did_you_mean, plain, read_length

_YES, _NO = frozenset({"yes", "true", "on"}), frozenset({"no", "false", "off"})
_ID = re.compile(r"[a-z0-9][a-z0-9-]{1,63}")
_ID_WITH_UNDERSCORE = re.compile(r"[a-z0-9][a-z0-9_-]{1,63}")
_NUMBER = re.compile(r"-?[0-9]{1,6}")


@dataclass(slots=True)
class Findings:
    """What is found while a file is read. ``lines`` holds the line of each subject for later checks.

    ``decided`` are contradictions of the source that a decision in the file has settled.
    """

    file: str
    found: list[Finding] = field(default_factory=list)
    lines: dict[str, int] = field(default_factory=dict)
    decided: list[Acceptance] = field(default_factory=list)

    def put(self, severity: Severity, line: int, subject: str, what: str, mend: str) -> None:
        """Put down a finding once: the same words about the same place are one finding."""
        finding = Finding(severity, self.file, line, subject, what, mend)
        if finding not in self.found:
            self.found.append(finding)

    def error(self, line: int, subject: str, what: str, mend: str) -> None:
        """Put down a finding that refuses the file."""
        self.put("error", line, subject, what, mend)

    def warn(self, line: int, subject: str, what: str, mend: str) -> None:
        """Put down a finding that stops nothing."""
        self.put("warning", line, subject, what, mend)

    def problem(self, line: int, subject: str, problem: Problem) -> None:
        """Put down what the words of a date or time got wrong, as an error."""
        self.error(line, subject, problem.what, problem.mend)

    @property
    def refused(self) -> bool:
        """Whether an error was put down."""
        return any(finding.severity == "error" for finding in self.found)

    def make[M: BaseModel](self, model: type[M], line: int, subject: str, /, **values: Any) -> M | None:  # noqa: ANN401
        """The value, or None and an error for each rule of the model that these words break."""
        try:
            return model(**values)
        except ValidationError as exc:
            for wrong in exc.errors(include_url=False, include_context=False, include_input=False):
                where = " ".join(str(part).replace("_", " ") for part in wrong["loc"])
                self.error(line, subject, f"'{where}' does not fit: {wrong['msg']}.", "Mend it and proof-read again.")
            return None


class Section:
    """A mapping of the file. ``known`` are all keys it may have, in the words of the file."""

    def __init__(self, findings: Findings, node: Mapping, subject: str, known: Sequence[str], *, line: int = 0) -> None:
        self.findings, self.subject, self.line = findings, subject, line or node.line
        self._values: dict[str, tuple[int, Node]] = {}
        for key, value in node.entries:
            if key.text not in known:
                findings.error(
                    key.line,
                    self.at(key.text),
                    f"'{key.text}' is not known here.",
                    did_you_mean(key.text, known),
                )
            elif key.text in self._values:
                self._twice(key)
            else:
                self._values[key.text] = (key.line, value)

    def _twice(self, key: Words) -> None:
        first = self._values[key.text][0]
        self.findings.error(
            key.line,
            self.at(key.text),
            f"'{key.text}' is written twice (first on line {first}).",
            "Keep only one.",
        )

    def at(self, key: str) -> str:
        """The dotted place of a key."""
        return f"{self.subject}.{key}" if self.subject else key

    def line_of(self, key: str) -> int:
        """The line of a key, of the section if the key is missing."""
        return self._values[key][0] if key in self._values else self.line

    def wrong(self, key: str, what: str, mend: str) -> None:
        """Put down an error about a key."""
        self.findings.error(self.line_of(key), self.at(key), what, mend)

    def node(self, key: str, *, required: bool = False) -> Node | None:
        """The value of a key; None if nothing is written, with an error if it is ``required``."""
        node = self._values[key][1] if key in self._values else None
        if isinstance(node, Words) and node.empty:
            node = None
        if node is None and required:
            self.wrong(key, f"'{key}' is missing.", f"Write '{key}:' and its value.")
        return node

    def words(self, key: str, *, required: bool = False) -> Words | None:
        """One text with its line."""
        node = self.node(key, required=required)
        if node is None or isinstance(node, Words):
            return node
        self.wrong(key, f"'{key}' takes one text, not a list.", f"Write '{key}: ...' on one line.")
        return None

    def text(self, key: str, *, required: bool = False) -> str:
        """One text on one line, empty if nothing is written."""
        words = self.words(key, required=required)
        text = plain(words.text) if words else ""
        if words and required and not text:
            self.wrong(key, f"'{key}' is empty.", f"Write '{key}:' and its value.")
        return text

    def identifier(self, key: str) -> str:
        """A required id."""
        text = self.text(key, required=True)
        if text and _ID.fullmatch(text) is None:
            self.wrong(key, f"'{text}' cannot be an id.", "Use 2 to 64 small letters, digits and hyphens.")
        return text

    def choice[C: str](self, key: str, known: Sequence[C], default: C | None = None) -> C:
        """One of the known words; required if there is no default."""
        text = self.text(key, required=default is None).casefold()
        chosen = next((name for name in known if name == text), None)
        if text and chosen is None:
            self.wrong(key, f"'{text}' is not one of the answers to '{key}'.", did_you_mean(text, known))
        return chosen or default or known[0]

    def yes_no(self, key: str, *, default: bool | None = None) -> bool:
        """Yes or no; required if there is no default."""
        text = self.text(key, required=default is None).casefold()
        if text and text not in _YES | _NO:
            self.wrong(key, f"'{key}' is a question of yes or no, not '{text}'.", "Write 'yes' or 'no'.")
        return text in _YES if text else bool(default)

    def number(
        self, key: str, *, default: int | None = None, least: int = 0, most: int | None = None, required: bool = False
    ) -> int | None:
        """A whole number."""
        text = self.text(key, required=required)
        if not text:
            return default
        if _NUMBER.fullmatch(text) is None or int(text) < least:
            self.wrong(key, f"'{text}' is not a whole number of {least} or more.", "Write it in digits.")
            return default
        if most is not None and int(text) > most:
            self.wrong(key, f"'{text}' is more than {most}, the most that there can be.", "Write a smaller number.")
            return default
        return int(text)

    def length(self, key: str) -> int:
        """A required length of time, in minutes."""
        text = self.text(key, required=True)
        minutes = read_length(text)
        if text and not minutes:
            self.wrong(key, f"'{text}' is not a length of time.", "Write it such as '1 hour 30 minutes'.")
        return minutes or 0

    def listing(self, key: str, *, required: bool = False) -> tuple[Node, ...]:
        """The items of a list; one text alone counts as a list of one."""
        node = self.node(key, required=required)
        if isinstance(node, Listing):
            return node.items
        if isinstance(node, Mapping):
            self.wrong(key, f"'{key}' takes a list.", "Begin each part with a hyphen and a space: '- '.")
        return (node,) if isinstance(node, Words) else ()

    def texts(self, key: str, *, required: bool = False) -> tuple[Words, ...]:
        """A list of texts, each with its line."""
        texts = []
        for item in self.listing(key, required=required):
            if isinstance(item, Words) and not item.empty:
                texts.append(item)
            else:
                self.findings.error(
                    item.line,
                    self.at(key),
                    f"'{key}' takes a list of texts.",
                    "Write one text for each '- '.",
                )
        return tuple(texts)

    def sections(
        self, key: str, known: Sequence[str], *, called: str, under: str = "", required: bool = False
    ) -> list["Section"]:
        """The mappings of a list, each with the subject ``under`` and its name (key ``called``) or place."""
        under = under or self.at(key)
        found = []
        for place, item in enumerate(self.listing(key, required=required), start=1):
            if isinstance(item, Mapping):
                names = [v.text for k, v in item.entries if k.text == called and isinstance(v, Words) and v.text]
                name = plain(names[0]) if names else str(place)
                found.append(Section(self.findings, item, f"{under}.{name}", known))
            else:
                self.findings.error(
                    item.line,
                    f"{under}.{place}",
                    f"'{key}' takes parts with keys.",
                    f"Begin each with '- {called}: ...'.",
                )
        return found

    def section(self, key: str, known: Sequence[str], *, required: bool = False) -> "Section | None":
        """The mapping under a key."""
        node = self.node(key, required=required)
        if isinstance(node, Mapping):
            return Section(self.findings, node, self.at(key), known, line=self.line_of(key))
        if node is not None:
            self.wrong(key, f"'{key}' takes keys, each on a line of its own.", f"Write the keys below '{key}:'.")
        return None

    def entries(self, key: str, *, required: bool = False) -> list[tuple[Words, Node]]:
        """The keys and values of a mapping whose keys are free; a key written twice is an error."""
        node = self.node(key, required=required)
        if node is None:
            return []
        if not isinstance(node, Mapping):
            self.wrong(key, f"'{key}' takes keys, each on a line of its own.", f"Write the keys below '{key}:'.")
            return []
        first: dict[str, int] = {}
        entries = []
        for name, value in node.entries:
            if name.text in first:
                self.findings.error(
                    name.line,
                    f"{self.at(key)}.{name.text}",
                    f"'{name.text}' is written twice (first on line {first[name.text]}).",
                    "Keep only one.",
                )
                continue
            first[name.text] = name.line
            entries.append((name, value))
        return entries

    def pairs(self, key: str) -> list[tuple[Words, Words]]:
        """The keys and texts of a mapping whose keys are free."""
        found = []
        for name, value in self.entries(key):
            if isinstance(value, Words) and not value.empty:
                found.append((name, value))
            else:
                self.findings.error(
                    name.line,
                    f"{self.at(key)}.{name.text}",
                    f"'{name.text}' takes one text.",
                    "Write it after the colon.",
                )
        return found


def is_topic_id(text: str) -> bool:
    """Topics alone may have underscores: forms already send ``lgbtq_plus``."""
    return _ID_WITH_UNDERSCORE.fullmatch(text) is not None


class Once:
    """Ids of one kind: the second use of one is an error."""

    def __init__(self, findings: Findings) -> None:
        self._desk = findings
        self._first: dict[str, int] = {}

    def take(self, key: str, line: int, subject: str) -> bool:
        """Whether this is the first use."""
        if not key:
            return False
        if key in self._first:
            self._desk.error(
                line,
                subject,
                f"'{key}' is used twice (first on line {self._first[key]}).",
                "Give each its own.",
            )
            return False
        self._first[key] = line
        return True
