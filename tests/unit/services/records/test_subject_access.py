"""The download of one's own data: in words that the person knows, and nothing left out that is about them."""

import asyncio
from datetime import date

from shared.domain.earlier import Details, Earlier
from shared.stores.names import TableName
from tests.factories import AMARA, own_link
from tests.world import World, answers


async def test_codes_are_said_in_the_words_of_the_form_and_unsent_mails_say_when_they_are_planned() -> None:
    world = World()
    await world.submit(answers(sector="other_healthcare", area="llr"))
    data = await world.app.subject_access.behind(own_link(world, AMARA))
    assert data is not None
    sections = {section.title: [dict(facts) for facts in section.entries] for section in data.sections}

    (application,) = sections["Your application"]
    assert application["Line manager's email address"] == "priya.shah@example.nhs.uk"
    assert application["Where it came from"] == "the programme's form"
    assert not {"other_healthcare", "llr", "standard"} & set(application.values())
    assert "healthcare" in application["Kind of organisation"]
    assert "Leicester" in application["Area"]
    planned = [mail for mail in sections["Emails about your application"] if mail["Email"] == "approval reminder"]
    assert planned
    assert all("2026" in mail["Planned for"] and "Sent" not in mail for mail in planned)
    sent = [mail for mail in sections["Emails about your application"] if mail["Status"] == "Sent"]
    assert all("Planned for" not in mail for mail in sent)


async def test_what_pairs_are_made_by_is_kept_apart_by_who_may_see_it_and_all_of_it_is_told_to_its_owner() -> None:
    world = World()
    asked = {
        "team": "Theatres",
        "place": "Loughborough",
        "way_of_meeting": "in_person",
        "could_take_two": "yes",
        "cover": True,
        "rather_not_with": "My cousin.",
    }
    await world.submit(answers(**asked))
    data = await world.app.subject_access.behind(own_link(world, AMARA))
    assert data is not None
    sections = {section.title: [dict(facts) for facts in section.entries] for section in data.sections}

    seen, confidential = world.application(), world.row(TableName.LIVED_EXPERIENCE)
    assert [seen[column] for column in ("Team", "Place", "WayOfMeeting", "CouldTakeTwo")] == [
        "Theatres", "Loughborough", "in_person", True,
    ]  # fmt: skip
    assert [confidential[column] for column in ("Cover", "RatherNotWith")] == [True, "My cousin."]
    assert not {"Cover", "RatherNotWith"} & seen.keys()
    (application,) = sections["Your application"]
    assert application["How you would like to meet"] == "In person"
    assert application["Could take two partners"] == "yes"
    (told,) = sections["What you told us about yourself"]
    assert told["Rather not paired with"] == "My cousin."
    assert told["Only with somebody who chose several topics"] == "yes"


def test_what_was_brought_in_from_an_earlier_cohort_is_in_it_too() -> None:
    async def story() -> dict[str, list[dict[str, str]]]:
        world = World()
        details = Details("Amara Okafor", AMARA, job_title="Health care assistant", sector="nhs", area="llr")
        others = Details("Zoe Ng", "zoe.ng@example.nhs.uk")
        await world.app.earlier.bring_in([Earlier(one, "cohort 6", date(2027, 3, 31)) for one in (details, others)])
        await world.submit()
        data = await world.app.subject_access.behind(own_link(world, AMARA))
        assert data is not None
        return {section.title: [dict(facts) for facts in section.entries] for section in data.sections}

    (earlier,) = asyncio.run(story())["What we have of you from an earlier cohort"]

    assert earlier == {
        "Cohort": "cohort 6",
        "Full name": "Amara Okafor",
        "Email address": AMARA,
        "Job title": "Health care assistant",
        "Kind of organisation": "NHS",
        "Area": "Leicester, Leicestershire and Rutland",
        "Kept until": "Wednesday 31 March 2027",
    }
