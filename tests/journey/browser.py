"""A browser without script that fills in our own form over HTTP."""

import time
from typing import Any
from urllib.parse import urljoin

import httpx
from bs4 import BeautifulSoup

from shared.domain.suspicion import SHORTEST
from tests.journey.platform import PROGRAMME, Platform


class Browser:
    """Follows redirects and keeps cookies; knows no script."""

    def __init__(self, platform: Platform, *, reads: bool = True) -> None:
        self.base = platform.host_url(f"/apply/{PROGRAMME}")
        self.client = httpx.Client(timeout=20, trust_env=False, follow_redirects=True)
        self.client.event_hooks["response"] = [self._keep_cookies]
        self.answer = self.client.get(self.base)
        if reads:
            time.sleep(SHORTEST.total_seconds())  # who does not read before they answer is held back

    def _keep_cookies(self, answer: httpx.Response) -> None:
        """The host writes cookies with an empty domain: none to browsers, and a wrong one to Python's cookie jar."""
        for header in answer.headers.get_list("set-cookie"):
            name, _, value = header.partition(";")[0].partition("=")
            if value:
                self.client.cookies.set(name, value)
            else:
                self.client.cookies.delete(name)

    @property
    def soup(self) -> BeautifulSoup:
        return BeautifulSoup(self.answer.text, "html.parser")

    @property
    def heading(self) -> str:
        found = self.soup.find("h1")
        return " ".join(found.get_text(" ").split()) if found else ""

    def form(self, given: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        """Address and fields of the page's form, filled in."""
        form = self.soup.select_one("form")
        assert form is not None, self.heading
        names = {str(tag["name"]) for tag in form.select("input, textarea")}
        hidden = {str(tag["name"]): str(tag["value"]) for tag in form.select("input[type=hidden]")}
        action = str(form.get("action") or self.answer.url)
        return urljoin(str(self.answer.url), action), {**hidden, **{n: given[n] for n in names if n in given}}

    def press(self, given: dict[str, Any]) -> None:
        address, fields = self.form(given)
        headers = {"Origin": self.base.partition("/apply/")[0], "Sec-Fetch-Site": "same-origin"}
        self.answer = self.client.post(address, data=fields, headers=headers)
        assert self.answer.status_code == 200, self.answer.text[:300]

    def fill_in(self, given: dict[str, Any], *, until: str = "We have your application") -> None:
        for _ in range(40):
            if self.heading == until:
                return
            link = self.soup.select_one("a.nhsuk-button")
            if self.soup.select_one("form") is not None:
                self.press(given)
            else:
                assert link is not None, self.heading
                self.answer = self.client.get(urljoin(str(self.answer.url), str(link["href"])))
        raise AssertionError(f"never came to '{until}': stuck at '{self.heading}'")
