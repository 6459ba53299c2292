"""Mails and pages can be read by a twelve-year-old, and the measure of it is right about texts of which it is known."""

import pytest

from local.graph.text import html_to_text
from local.mails.reading import MOST, grade, read, sentences_of
from shared.domain.owed import Kind
from tests.unit.templates.test_pages import CASES, case


@pytest.mark.parametrize("kind", Kind)
def test_a_mail_asks_for_no_more_than_seven_years_of_school(kind: Kind) -> None:
    assert read(kind).grade <= MOST


@pytest.mark.parametrize("name", sorted(CASES.keys() - {"own data"}))
def test_a_page_asks_for_no_more_than_seven_years_of_school(name: str) -> None:
    main = case(name).find("main")
    assert main is not None
    sentences = [each for each in sentences_of(html_to_text(str(main))) if len(each) > 3]

    assert grade(sentences) <= MOST


@pytest.mark.parametrize(
    ("text", "known"),
    [
        # The sentences and the figures are those with which the formula is usually explained.
        ("The Australian platypus is seemingly a hybrid of a mammal and reptilian creature.", 11.3),
        ("The cat sat on the mat.", -1.45),
    ],
)
def test_the_measure_is_right_about_texts_of_which_it_is_known(text: str, known: float) -> None:
    assert grade(sentences_of(text)) == pytest.approx(known, abs=1.0)


def test_harder_words_and_longer_sentences_count_for_more() -> None:
    plain = grade(sentences_of("We write to you soon. You need not do a thing."))
    stilted = grade(sentences_of("Notification of subsequent developments will be communicated to participants."))

    assert plain < MOST < stilted
