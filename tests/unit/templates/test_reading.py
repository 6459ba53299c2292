"""Mails and pages can be read by a twelve-year-old, and the measure of it is right about texts of which it is known."""

import pytest

from shared.domain.owed import Kind
from tests.accessibility.screens import SCREENS
from tests.reading import MOST, Read, grade, mails, page, pages, sentences_of
from tests.unit.templates.test_pages import CASES, case


def too_hard(texts: list[Read]) -> list[str]:
    return [str(text) for text in texts if text.grade > MOST]


def test_no_mail_asks_for_more_than_seven_years_of_school() -> None:
    every = mails()

    assert too_hard(every) == []
    assert len(every) == len(Kind)
    assert all(text.words > 0 for text in every)


async def test_no_page_asks_for_more_than_seven_years_of_school() -> None:
    every = await pages()

    assert too_hard([*every, *(page(name, case(name)) for name in CASES.keys() - {"own data"})]) == []
    # What the browser saves as a file, and what is left when nothing is, are shown after a click alone.
    assert {s.template for s in SCREENS} - {text.name.split(",")[0] for text in every} == {"own-data", "apply-deleted"}


@pytest.mark.parametrize(
    ("text", "known"),
    [
        # The sentences and the figures are those with which the formula is usually explained.
        ("The Australian platypus is seemingly a hybrid of a mammal and reptilian creature.", 11.3),
        ("The cat sat on the mat.", -1.45),
    ],
)
def test_the_measure_is_right_about_texts_of_which_it_is_known(text: str, known: float) -> None:
    assert grade(sentences_of(text)) == pytest.approx(known, abs=0.1)


def test_harder_words_and_longer_sentences_count_for_more() -> None:
    plain = grade(sentences_of("We write to you soon. You need not do a thing."))
    stilted = grade(sentences_of("Notification of subsequent developments will be communicated to participants."))

    assert plain < MOST < stilted
