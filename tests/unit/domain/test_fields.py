"""Whose each field is: what an edit keeps, what a new beginning keeps, and where an answer of the form ends up."""

from dataclasses import fields, replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from shared.domain.application import (
    Answer,
    Application,
    Change,
    Lasts,
    Released,
    Suggestion,
    form_values,
    from_form,
    kept_over,
)
from shared.domain.arriving import merged
from shared.domain.details import corrected, details
from shared.domain.fields import FIELDS, Answers, Kept, Reads, kept
from shared.domain.leaving import withdrawn
from shared.domain.lived_experience import LivedExperience
from tests.factories import CLOSES, ELIGIBLE, applied
from tests.world import NINE, answers

LATER = NINE + timedelta(days=1)
OURS: dict[str, Any] = {
    "no_partner_at": NINE,
    "left_out_at": NINE,
    "received_at": NINE,
    "let_in_at": NINE,
    "replies": 2,
    "replies_seen": ("a", "b"),
    "replied_at": NINE,
    "suggestion": Suggestion(Answer.APPROVE, 1, NINE),
    "link_renewed_at": NINE,
    "erasure_asked_at": NINE,
    "changes": (Change("c", NINE, NINE, "own", "r", NINE),),
    "changes_asked_at": NINE,
    "released": (Released(0, NINE, {}),),
    "new_email": "amara.new@example.org",
    "new_email_asked_at": NINE,
    "former_email": "amara.old@example.org",
    "address_changed_at": NINE,
    "paired_before": NINE.date(),
}


def test_every_field_of_an_application_says_what_becomes_of_it() -> None:
    said = {field.name: field.metadata.get("lasts") for field in fields(Application)}

    assert [name for name, lasts in said.items() if not isinstance(lasts, Lasts)] == []
    assert set(kept_over(Lasts.EDITS, Lasts.ALWAYS)) == OURS.keys(), "give the new field a value in OURS"


@pytest.mark.parametrize("name", OURS)
def test_what_is_ours_outlives_an_edit_of_the_form(name: str) -> None:
    existing = replace(applied(), **{name: OURS[name]})

    edited = merged(existing, applied(answers(band="6"), at=LATER), verdict=ELIGIBLE, closes_at=CLOSES)

    assert edited.person.band == "6"
    assert getattr(edited, name) == OURS[name]


@pytest.mark.parametrize("name", OURS)
def test_a_new_beginning_keeps_only_what_lasts_for_ever(name: str) -> None:
    ended = withdrawn(replace(applied(), **{name: OURS[name]}), now=NINE + timedelta(hours=1))

    again = merged(ended, applied(at=LATER, response_id="new"), verdict=ELIGIBLE, closes_at=CLOSES, confirmed=True)

    assert again.status is not ended.status
    assert (getattr(again, name) == OURS[name]) == (name in kept_over(Lasts.ALWAYS))


def test_every_answer_has_a_place_and_comes_back_from_it() -> None:
    given = {name: f"the {name}" for name in FIELDS} | {name: True for name, f in FIELDS.items() if f.is_yes_or_no}
    parts = from_form(given)
    application = replace(applied(), **parts)

    values = form_values(application)

    on_application = kept(Kept.PERSON, Kept.MANAGER, Kept.APPLICATION)
    assert values.keys() == on_application.keys()
    assert {name: values[name] for name in values if name != "role"} == {
        name: given[name] for name in on_application if name != "role"
    }
    assert kept(Kept.LIVED).keys() == {f.name for f in fields(LivedExperience)} - {
        "programme", "reference", "version", "content", "told",
    }  # fmt: skip
    assert FIELDS.keys() == {field.name for field in fields(Answers)} - {"told"}


def test_what_could_not_be_read_leaves_no_words_and_no_yes() -> None:
    parts = from_form({"full_name": 7, "could_take_two": "yes", "role": "mentor", "team": datetime})

    assert parts["person"].full_name == ""
    assert (parts["could_take_two"], parts["role"], parts["team"]) == (False, None, "")


def test_what_people_may_correct_is_one_line_that_stands_in_their_application() -> None:
    wrong = [
        name
        for name, asked in FIELDS.items()
        if asked.can_correct and (asked.reads is not Reads.LINE or asked.kept not in {Kept.PERSON, Kept.APPLICATION})
    ]

    assert wrong == [], "can_correct in shared/domain/fields.py: details.py asks for one line, and keeps no other"


def test_a_correction_changes_what_it_names_wherever_that_stands_and_nothing_else(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("shared.domain.details.FIELDS", ("full_name", "job_title", "team"))
    before = replace(applied(), team="Ward 7")

    changed = corrected(before, {"full_name": " Amara  Jones ", "team": "Ward 8"})

    expected = {"full_name": "Amara Jones", "job_title": before.person.job_title, "team": "Ward 8"}
    assert details(changed) == expected
    assert form_values(changed) == form_values(before) | expected
