"""Equality answers: what is taken, what leaves the box, and what is told of it."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from shared.domain.disclosure import Pack, attack, protect
from shared.domain.equality import QUESTIONS, answers_of, batch, breakdowns, in_words, is_last_batch
from tests.world import cohort_7

CLOSES_AT = datetime(2026, 3, 12, 23, 59, 59, tzinfo=UTC)


def test_every_question_can_be_passed_over_or_left_unsaid_and_none_takes_ones_own_words() -> None:
    for question in QUESTIONS:
        assert question.options[-1].text == "Prefer not to say"
        assert len({option.value for option in question.options}) == len(question.options)
    assert len({question.id for question in QUESTIONS}) == len(QUESTIONS)


def test_answers_are_kept_in_words_and_what_is_no_option_is_passed_over() -> None:
    found = answers_of({"sex": ("female",), "religion": ("Jedi of Rutland",), "age_group": (), "name": ("Amara",)})

    assert found is not None
    assert found.answers == {"sex": "Female"}


def test_ids_are_random_and_nothing_answered_is_nothing() -> None:
    given = {"sex": ("female",)}
    ids = {one.id for _ in range(50) if (one := answers_of(given))}

    assert len(ids) == 50
    assert answers_of({}) is None
    assert answers_of({"sex": ("",)}) is None


@pytest.mark.parametrize(
    ("waiting", "last", "leaving"),
    [
        (0, False, 0),
        (5, False, 0),
        (9, False, 0),
        (10, False, 5),
        (40, False, 35),
        (4, True, 0),
        (5, True, 5),
        (7, True, 7),
    ],
)
def test_nobody_leaves_the_box_in_company_of_fewer_than_five(waiting: int, last: bool, leaving: int) -> None:
    assert len(batch(range(waiting), last=last, random=Random(1))) == leaving  # noqa: S311 -- a seed that replays


def test_who_stays_behind_is_decided_by_chance_and_the_order_tells_nothing() -> None:
    random = Random(2026)  # noqa: S311 -- a seed that replays
    first, stayed = Counter[int](), Counter[int]()
    for _ in range(4_000):
        leaving = batch(range(10), last=False, random=random)
        first[leaving[0]] += 1
        stayed.update(set(range(10)) - set(leaving))

    assert set(first) == set(stayed) == set(range(10))
    assert max(first.values()) < 1.3 * min(first.values())
    assert max(stayed.values()) < 1.2 * min(stayed.values())


def test_the_last_batch_leaves_when_no_draft_can_be_sent_any_more() -> None:
    programme = cohort_7()
    over = CLOSES_AT + timedelta(days=programme.approval.grace_days + 1)

    assert not is_last_batch(programme, CLOSES_AT, over - timedelta(seconds=1))
    assert is_last_batch(programme, CLOSES_AT, over)
    assert not is_last_batch(programme, None, over)


def answered(count: int, **answers: str) -> list[dict[str, str]]:
    return [dict(answers)] * count


def figures(answers: list[dict[str, str]], earlier: Sequence[Pack] = ()) -> str:
    return in_words(told(answers, earlier).tables)


def told(answers: list[dict[str, str]], earlier: Sequence[Pack] = ()) -> Pack:
    return protect(breakdowns("c7", answers), day=CLOSES_AT.date(), earlier=earlier)


def test_figures_protect_small_numbers() -> None:
    words = figures(
        [
            *answered(31, sex="Female", religion="Hindu"),
            *answered(13, sex="Male", religion="Sikh"),
            *answered(4, sex="Prefer not to say"),
        ]
    )

    assert words.startswith("50 people answered (to the nearest 5; numbers from 1 to 7 are not told).")
    assert "Sex: Female 30 (60%), Male 15 (30%), Prefer not to say between 1 and 7." in words
    assert "Hindu 30 (67%)" in words
    assert "Jewish 0" in words


@pytest.mark.parametrize("count", range(8))
def test_below_eight_there_are_no_figures_at_all(count: int) -> None:
    assert figures(answered(count, sex="Female")).startswith("Fewer than 8 people have answered")


def test_shares_are_told_of_enough_people_only() -> None:
    assert "%" not in figures(answered(22, sex="Female"))
    assert "Female 25 (100%)" in figures(answered(25, sex="Female"))


@pytest.mark.parametrize("seed", range(8))
def test_nothing_can_be_worked_out_of_any_figures_nor_of_two_at_different_times(seed: int) -> None:
    random = Random(seed)  # noqa: S311 -- a seed that replays
    people = [
        {question.id: random.choice(question.options).text for question in QUESTIONS if random.random() < 0.9}
        for _ in range(random.randrange(8, 90))
    ]
    more = random.randrange(1, len(people))

    # Each question stands alone: what is known of one tells nothing of another.
    for question in ("religion", "sex"):
        first, second = ([b for b in breakdowns("c7", some) if b.id == question] for some in (people[:more], people))
        before = protect(first, day=CLOSES_AT.date())
        assert attack([before, protect(second, day=CLOSES_AT.date(), earlier=[before])]) == ()


def test_words_of_an_earlier_version_of_the_questions_are_counted_too() -> None:
    assert "Any other religion 10" in figures(answered(9, religion="Any other religion"))
