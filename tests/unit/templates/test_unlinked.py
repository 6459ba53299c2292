import pytest
from hypothesis import given
from hypothesis import strategies as st
from linkify_it import LinkifyIt

from shared.adapters.unlinked import address, unlinked

LINKIFY = LinkifyIt(options={"fuzzy_ip": True}).tlds(["example", "zip"], keep_old=True)
JOINER = "\u2060"


@pytest.mark.parametrize(
    "typed",
    [
        "http://evil.example",
        "HTTPS://EVIL.EXAMPLE/a?b=c#d",
        "evil.example",
        "www.evil.com",
        "evil.com:8080/path",
        "//evil.com/x",
        "http:/\\evil.com",
        "http://localhost",
        "lee@evil.com",
        "mailto:lee@evil.com",
        "http://lee@evil.com:80//x",
        "10.0.0.1",
        "https://xn--e1afmkfd.xn--p1ai",
        "пример.рф",
    ],
)
def test_an_address_is_none_any_more_and_looks_the_same(typed: str) -> None:
    assert LINKIFY.match(typed)
    assert not LINKIFY.match(unlinked(typed))
    assert unlinked(typed).replace(JOINER, "") == typed


@pytest.mark.parametrize(
    "typed",
    [
        r"\\server\share",
        "file://server/share",
        "evil\u3002com",
        "evil\uff0ecom",
        "lee\uff20evil",
        "tel:call-me",
    ],
)
def test_what_only_some_programs_link_is_broken_up_too(typed: str) -> None:
    assert JOINER in unlinked(typed)


@pytest.mark.parametrize(
    "typed",
    [
        "Priya Shah",
        "J. R. O'Brien",
        "9:30am to 12:30pm",
        "13.00 - 11.30",
        "he/him",
        "Ward 4, level 2.",
        "Reason: staff",
        "a @ b",
    ],
)
def test_ordinary_words_are_left_alone(typed: str) -> None:
    assert unlinked(typed) == typed


@given(st.lists(st.sampled_from(["http", ":", "/", ".", "@", "evil", "com", "example", " ", "www", "1", "-", "\\"])))
def test_however_it_is_put_together_no_address_is_left(parts: list[str]) -> None:
    assert not LINKIFY.match(unlinked("".join(parts)))


@pytest.mark.parametrize("typed", ["m.okafor@example.org", "o'brien+mentoring@a-b.example.org"])
def test_an_email_address_stays_whole(typed: str) -> None:
    assert address(typed) == typed


@pytest.mark.parametrize("typed", ["www.evil.example/lee@example.org", "lee@evil", "evil.example", "<lee@example.org>"])
def test_what_is_more_or_less_than_an_email_address_is_broken_up(typed: str) -> None:
    assert address(typed) == unlinked(typed)
