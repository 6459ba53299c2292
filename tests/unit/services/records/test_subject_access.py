"""The download of one's own data: in words that the person knows, and nothing left out that is about them."""

import asyncio
from datetime import date

from shared.domain.earlier import Details, Earlier
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
