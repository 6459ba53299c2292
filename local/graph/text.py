"""Text out of HTML: for previews and for the plain part of a mail."""

import re
from html.parser import HTMLParser

PREVIEW = 255
_UNSEEN = {"script", "style", "head", "title"}
_BREAKS = {"p", "div", "br", "li", "tr", "table", "ul", "ol", "h1", "h2", "h3", "h4", "blockquote", "hr"}


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._unseen = 0
        self._address = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _UNSEEN:
            self._unseen += 1
        if tag in _BREAKS:
            self.parts.append("\n")
        if tag == "li":
            self.parts.append("* ")
        if tag == "a":
            self._address = dict(attrs).get("href") or ""

    def handle_endtag(self, tag: str) -> None:
        if tag in _UNSEEN:
            self._unseen = max(0, self._unseen - 1)
        if tag in _BREAKS - {"br", "hr", "li"}:
            self.parts.append("\n")
        if tag == "a" and self._address:
            if not "".join(self.parts).rstrip().endswith(self._address):
                self.parts.append(f" <{self._address}>")
            self._address = ""

    def handle_data(self, data: str) -> None:
        if not self._unseen:
            self.parts.append(re.sub(r"\s+", " ", data))


def html_to_text(html: str) -> str:
    """Readable, with each link's address after its words."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    lines = [line.strip() for line in "".join(reader.parts).split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip() + "\n"


def body_text(body: dict[str, str] | None) -> str:
    """The plain text of an itemBody."""
    content = (body or {}).get("content") or ""
    return html_to_text(content) if (body or {}).get("contentType") == "html" else content


def preview(body: dict[str, str] | None) -> str:
    """The first 255 characters."""
    return body_text(body).strip().replace("\n", "\r\n")[:PREVIEW]
