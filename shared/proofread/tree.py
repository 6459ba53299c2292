"""YAML text as a tree of texts with line numbers. Nothing is guessed: ``no`` and ``13:00`` stay as written.

Anchors, aliases and tags are refused: programme leads do not need them, and they are how YAML is abused.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import yaml

MAX_CHARACTERS = 256 * 1024
MAX_DEPTH = 20


@dataclass(frozen=True, slots=True)
class Words:
    """One text as written. ``plain`` is False if it was in quotes or a block, so that ``""`` is an answer."""

    text: str
    line: int
    plain: bool = True

    @property
    def empty(self) -> bool:
        """Whether nothing was written."""
        return self.plain and self.text.casefold() in {"", "~", "null"}


@dataclass(frozen=True, slots=True)
class Listing:
    """A list."""

    items: tuple["Node", ...]
    line: int


@dataclass(frozen=True, slots=True)
class Mapping:
    """Keys with their values, in order; a key that is written twice is here twice."""

    entries: tuple[tuple[Words, "Node"], ...]
    line: int


Node = Words | Listing | Mapping


class Unreadable(Exception):
    """The text is no tree at all. ``what`` and ``mend`` are for people."""

    def __init__(self, line: int, what: str, mend: str) -> None:
        super().__init__(what)
        self.line, self.what, self.mend = line, what, mend


_MEND_CURLY = 'Type straight ones ("), which Word and some phones change into curly ones.'
_CURLY = re.compile("[\u201c\u201d\u2018]")
_NOT_TEXT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
# What the parser's own words mean to someone who does not write programs.
_EXPLAINED = (
    ("mapping values are not allowed", "There is a ':' where none can be.",
     "Put the text in \"double quotes\" if it holds a colon, or check how far the line is indented."),
    ("cannot start any token",
     "The line begins with a character that has a meaning of its own (a tab, %, @ or `).",
     "Indent with spaces, and put a text that begins with such a character in \"double quotes\"."),
    ("while scanning a quoted scalar", "A quotation mark is opened and not closed.",
     "Close the quotation mark."),
    ("while parsing a flow", "A bracket '[' or '{' is not closed, or a comma is missing.",
     "Close the bracket and put commas between its parts."),
    ("did not find expected", "The line does not fit the lines above it.",
     "Check how far it is indented: neighbours begin in the same column."),
    ("could not find expected ':'", "A key has no ':' after it.",
     "Write 'key: value' with a space after the colon."),
    ("undefined alias", "A text begins with '*'.", "Put the text in \"double quotes\"."),
)  # fmt: skip


def _explained(error: yaml.MarkedYAMLError, text: str) -> Unreadable:
    mark = error.problem_mark or error.context_mark
    said = f"{error.context or ''} {error.problem or ''}"
    line = mark.line + 1 if mark else 1
    written = next(iter(text.splitlines()[line - 1 : line]), "")
    if "\t" in written[: len(written) - len(written.lstrip())]:
        return Unreadable(line, "The line is indented with the Tab key.", "Indent it with spaces.")
    if _CURLY.search(written):
        return Unreadable(line, "The line has curly quotation marks, which count as letters here.", _MEND_CURLY)
    for words, what, mend in _EXPLAINED:
        if words in said:
            return Unreadable(line, what, mend)
    return Unreadable(line, f"The line cannot be read ({said.strip()}).", "Compare it with its neighbours.")


def _events(text: str) -> Iterator[yaml.Event]:
    # libyaml is 15 times faster and optional; both parsers give the same events and marks.
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        yield from yaml.parse(text, Loader=loader)
    except yaml.MarkedYAMLError as exc:
        raise _explained(exc, text) from exc
    except yaml.YAMLError as exc:
        raise Unreadable(1, "The file cannot be read as text.", "Save it as plain text (UTF-8).") from exc


def _refuse_tricks(event: yaml.Event, line: int) -> None:
    if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None) is not None:
        raise Unreadable(
            line,
            "A text begins with '*' or '&', which YAML reads as a reference to another place.",
            'Write the text in full, in "double quotes" if it really begins so.',
        )
    if getattr(event, "tag", None) is not None:
        raise Unreadable(
            line, "A text begins with '!', which YAML reads as a tag.", 'Take it out or use "double quotes".'
        )


@dataclass(slots=True)
class _Open:
    """A list or mapping whose end has not been read yet."""

    mapping: bool
    line: int
    nodes: list[Node]

    def close(self) -> Node:
        if not self.mapping:
            return Listing(tuple(self.nodes), self.line)
        entries = []
        for key, value in zip(self.nodes[::2], self.nodes[1::2], strict=True):
            if not isinstance(key, Words):
                raise Unreadable(key.line, "A list stands where a key should be.", "Write 'key: value'.")
            entries.append((key, value))
        return Mapping(tuple(entries), self.line)


def read_tree(text: str) -> Node:
    """The one document of the text. Raises Unreadable."""
    if len(text) > MAX_CHARACTERS:
        raise Unreadable(1, "The file is far too long for a programme.", "Check that it is the right file.")
    odd = _NOT_TEXT.search(text)
    if odd is not None:
        line = text.count("\n", 0, odd.start()) + 1
        raise Unreadable(line, "There is a character that is not text.", "Save the file as plain text (UTF-8).")
    root: Node | None = None
    stack: list[_Open] = []
    for event in _events(text):
        line = event.start_mark.line + 1 if event.start_mark else 1
        _refuse_tricks(event, line)
        if isinstance(event, yaml.DocumentStartEvent) and root is not None:
            what = "The file holds a second document."
            raise Unreadable(line, what, "Take out the line '---' and what follows.")
        node: Node
        if isinstance(event, yaml.ScalarEvent):
            node = Words(event.value, line, plain=event.style in {None, ""})
        elif isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent):
            if len(stack) == MAX_DEPTH:
                raise Unreadable(line, "Too many lists inside lists.", "Check the brackets and the indentation.")
            stack.append(_Open(isinstance(event, yaml.MappingStartEvent), line, []))
            continue
        elif isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
            node = stack.pop().close()
        else:
            continue
        if stack:
            stack[-1].nodes.append(node)
        else:
            root = node
    if root is None:
        raise Unreadable(1, "The file is empty.", "Start from a programme file that ships with the app.")
    return root
