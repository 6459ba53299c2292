"""No file of the six says what its source does not: every value has the sentence that it is taken from.

A value is a word of the engine, words that stand in one of the sentences quoted here, or it is read out of a sentence
that is named beside it. Form, notes and decisions are nobody's but ours, and say so in the files.
"""

import re
from collections.abc import Iterator

import pytest
import yaml

from shared.programmes import FOLDER, in_folder, shipped
from shared.proofread import proofread

FILES = {path.stem: path for path in in_folder()}
EXAMPLES = {name: path for name, path in FILES.items() if path not in shipped()}
# What the engine calls things; none of it is a fact about a programme.
ENGINE = {
    *("reverse", "reciprocal", "board", "interest", "completed", "none", "none said", "eligible", "needs a decision"),
    *("no", "one of", "any of", "to be confirmed", "mentor", "mentee", "partner", "not this cohort"),
}
# Ours, and marked so in the files.
OURS = {"form", "notes", "programme", "id", "group", "reason", "decided", "by", "on", "why", "area"}
# How the app is run for cohort 7, which no pack says: the programme lead's own, as its file says of them.
OURS |= {
    *("opens", "equality questions", "branding", "time zone", "if not chosen", "approval", "matching", "levels"),
    *("check-ins", "waiting list", "links", "certificate", "rehearsal"),
}

COHORT_7 = """\
The Leicester, Leicestershire, and Rutland (LLR) Integrated Care System are proud to launch our Award winning Reverse
Mentoring for Inclusion Programme's 7th Cohort for 2026.

For the first time, the Programme has been expanded to include Northamptonshire NHS colleagues.

All healthcare colleagues across LLR and Northamptonshire are welcome to apply, as well as social care, Local Authority
and VCSE colleagues from LLR

we hope to expand the programme to include social care colleagues from Northamptonshire in later cohorts

The 2026 Cohort 7 programme sets out to address race, religion, disability, LGBTQ+ and gender topics

Reverse Mentoring for Inclusion turns traditional mentoring on its head. The Mentor is a more junior colleague who
mentors a more senior colleague.

The Mentor has lived experience of race/ethnicity, religion, disability, LGBTQ+, and/or gender to share with their
Mentee.

It gives a great opportunity for everyone to increase their cultural and inclusive competencies that lead to better
health and wellbeing outcomes for everyone.

Reverse mentors for inclusion would ordinarily be junior members of staff, however the mentee could be any member of
staff wishing to be reverse mentored.

You must be able to help the reverse mentee discover their strengths and weaknesses

Be willing to listen and understand the role of the reverse mentor.

Be from an ethnic or cultural minority background, have a disability, be part of the LGBTQ+ community and/or want to
speak about gender issues

Commit to attending the training provided (3 hours)

Be willing to ensure that the principles of reverse mentoring are applied.

Ensure that all meetings between the reverse mentor and mentee are attended (6 meetings, one hour in duration for each
meeting over 6 months)

All of the following

Anyone wishing to be mentored on inclusion from someone who has a different lived experience to them in respect of race,
disability, gender and/or or LGBTQ+

May be from a Leadership role (for example, team leader, manager, Head of Service, Director, Chief Executive)

Commit to all meetings with their reverse mentor (6 meetings, one hour in duration for each meeting over 6 months)

Attend all the training (1 hour), and evaluation session at the end of the programme (1.5 hours)

please note the mentors' peer support sessions are optional

If you require support with form filling, please contact lpt.edi@nhs.net or llr.academy@nhs.net.

Deadline for applications is Thursday 12th March 2026.

Reverse Mentoring For Inclusion Training Dates For Mentees (only one of these needs to be attended)

Friday 27th March 11.00 - 12.00

Tuesday 14th April 13.00 - 14.00

Reverse Mentoring For Inclusion Training Dates For Mentors (only one of these needs to be attended)

Thursday 26th March 9.30 - 12.30

Monday 13th April 13.00 - 16.00

Midway Reflections for Mentees dates (only one of these needs to be attended):

Wednesday 29th July 9.00 - 10.00

Thursday 30th July 14.00 - 15.00

Evaluation Session For Mentees (only one of these needs to be attended)

Monday 30th November 14.00 - 15.30

Monday 14th December 14.00 - 15.30

Peer Support Meeting Dates Schedule for Mentors (these are optional)

Tuesday 23rd June 10.00 - 11.30

Thursday 23rd July 10.00 - 11.30

Thursday 20th August 10.00 - 11.30

Monday 21st September 13.00 - 11.30

Friday 16th October 14.30 - 16.00

Wednesday 18th November 14.00 - 15.30

celebration event at the end of the programme, date tbc"""
LLR_2022 = """\
LLR Academy

We are delighted to launch our third cohort of the Reverse Mentoring programme for 2021/22.

There is growing evidence nationally that appropriately done; this approach helps deliver some of the inclusion,
leadership and culture change needed within the NHS and other local authority organisations.

The 2021/22 programme sets out to address race, disability and LGBTQ+ issues.

Reverse mentoring turns traditional mentoring on its head. The reverse mentor is a more junior colleague who would
mentor a more senior colleague.

Applications are now open for staff across the health and social care system in Leicester, Leicestershire and
Rutland (LLR) who want to be mentors and mentees.

Training is being planned for May 2022, followed by the programme for 6 months from June.

The closing date for applications is Friday 30th April 2022.

The closing date for applications is Saturday 30th April 2022.

The mentee could be any member of staff (Senior Managers, Executive Directors etc.) wishing to be reverse mentored.

A reverse mentor must be eager to support colleagues from across the LLR system. You must help the reverse mentee
discover their strengths and weaknesses to focus them on their own personal development specifically linked to
inclusion.

As a mentee, you must be committed to the principles of reverse mentoring. Be willing to listen, and understand the
role of the reverse mentor."""
LLR_GENERAL = """\
Reverse mentoring turns traditional mentoring on its head. The reverse mentor is a more junior colleague who would
mentor a more senior colleague. For example, a Black, Asian, or Minority Ethnic (BAME) or disabled colleague

Reverse mentors would ordinarily be junior members of staff; specifically more junior than the person being
mentored.

The mentee could be any member of staff wishing to be reverse mentored.

A reverse mentor must be eager to support colleagues from across the LLR system. You must be able to help the
reverse mentee discover their strengths and weaknesses in order to focus them on their own personal development
specifically linked to inclusion.

As a mentee, you must be committed to the principles of reverse mentoring. Be willing to listen and understand the
role of the reverse mentor.

The LLR system will advertise when they are promoting a new Reverse mentoring programme and interested parties will
be invited to apply. You will need to meet the person specification and be prepared to receive training in the role."""
MIDLANDS = """\
Midlands Leadership Academy

Reciprocal and Reverse Mentoring for Inclusion

Both of these programmes look at a mentoring approach for NHS staff from underrepresented groups and how we can
create transformational change to work towards a more equitable culture within the NHS.

The mentee is the learner

Both parties are learners

The mentee can open doors for the mentor

Both develop an understanding of their biases and the ways the system works against greater equity

Both learners develop their ability to make transformational interventions

The first cohort of reverse mentoring in 2021 was completed at the end of March

Reciprocal Mentoring for Inclusion programme"""
FOI = """\
The NHS Leadership Academy has provided the Trust with the reverse mentoring programme.

Please note that the Trust has worked alongside NHS Leadership Academy in the development of the programme.

The Trust's Reciprocal Mentoring for Inclusion programme, is based on the reversal of a traditional mentoring model,
whereby the more senior staff member undertakes the mentee role to gain fresh insight, perspectives and benefit from
the lived experience and learning of the less senior individual. In addition to this, the relationship between
the mentor and mentee will be reciprocal in nature.

The purpose of the programme is to change and equalize the balance of power, challenge the traditional culture which
goes with hierarchy to form allies, create equal partnerships, and establish systemic transformational change.

age

gender reassignment

disability

race including colour, nationality, ethnic or national origin

religion or belief

sex

sexual orientation

Executive Team, Senior leaders and staff members that are not in senior roles.

The Reciprocal Mentoring for Inclusion programme is evaluated through virtual feedback sessions.

The Trust has continued with the Reciprocal Mentoring for Inclusion programme during the Covid-19 pandemic.

The continuation of the programme has been a result of encouraging Trust staff who are enrolled in the programme to
attend Virtual Action Learning Sets, which allow the mentees and mentors to learn from each other by sharing their
journey and experience of reciprocal mentoring virtually.

The programme was deployed in January 2020 and is therefore in the early stage of its duration."""
SOURCES = {
    "llr-rmi-2026-c7": COHORT_7,
    "llr-rm-2022-c3": LLR_2022,
    "llr-rm-general": LLR_GENERAL,
    "midlands-reverse-2021": MIDLANDS,
    "midlands-reciprocal-board": MIDLANDS,
    "foi-trust-reciprocal": FOI,
}
# What a value says in other words than its source, by file and place: the words there that say it.
READ_AS = {
    **{
        ("llr-rmi-2026-c7", place, value): said
        for place, value, said in (
            ("eligibility.sectors", "other_healthcare", "All healthcare colleagues"),
            ("roles.mentor.person specification.mandatory", "yes", "All of the following"),
            ("roles.mentee.person specification.mandatory", "yes", "Commit to"),
            ("meetings.length", "1 hour", "one hour in duration"),
            ("roles.mentor.time.title", "Meetings with the mentee", "meetings between the reverse mentor and mentee"),
            ("roles.mentor.time.length", "6 hours", "6 meetings, one hour in duration"),
            ("roles.mentor.time.title", "Peer support meetings", "Peer Support Meeting"),
            ("roles.mentor.time.length", "9 hours", "Peer Support Meeting"),  # six of an hour and a half
            ("roles.mentor.time.optional", "yes", "these are optional"),
            ("roles.mentor.required time", "9 hours", "3 hours"),  # and the six meetings
            ("roles.mentee.time.title", "Meetings with the mentor", "all meetings with their reverse mentor"),
            ("roles.mentee.time.length", "6 hours", "6 meetings, one hour in duration"),
            ("roles.mentee.time.length", "1 hour 30 minutes", "1.5 hours"),
            ("roles.mentee.required time", "9 hours 30 minutes", "1.5 hours"),  # and training, meetings, midway
            ("groups.title", "Training for mentees", "Training Dates For Mentees"),
            ("groups.title", "Training for mentors", "Training Dates For Mentors"),
            ("groups.title", "Peer support meetings for mentors", "Peer Support Meeting Dates Schedule for Mentors"),
            ("groups.required", "yes", "only one of these needs to be attended"),
            ("groups.attend", "all of", "celebration event"),
            (
                "roles.mentor.about",
                (
                    "Reverse mentors for inclusion would ordinarily be junior members of staff. They share what they "
                    "have lived."
                ),
                "Reverse mentors for inclusion would ordinarily be junior members of staff",
            ),
            (
                "roles.mentee.about",
                "The mentee could be any member of staff wishing to be reverse mentored. They listen and learn.",
                "the mentee could be any member of staff wishing to be reverse mentored",
            ),
            # In words for people what the specification says in the pack's.
            (
                "roles.mentor.asks for",
                (
                    "Share what you have lived, for example as somebody from a minority, with a disability or who is "
                    "LGBTQ+"
                ),
                "Be from an ethnic or cultural minority background, have a disability",
            ),
            ("roles.mentor.asks for", "Come to one training session of 3 hours", "attending the training provided"),
            ("roles.mentor.asks for", "Keep to the principles of reverse mentoring", "principles of reverse mentoring"),
            *(
                (
                    f"roles.{role}.asks for",
                    "Meet your partner 6 times over 6 months, for an hour each time",
                    "6 meetings, one hour in duration for each meeting over 6 months",
                )
                for role in ("mentor", "mentee")
            ),
            (
                "roles.mentee.asks for",
                "Want to learn about inclusion from somebody whose life has been different from yours",
                "someone who has a different lived experience to them",
            ),
            (
                "roles.mentee.asks for",
                (
                    "Come to one training session of an hour, and to one evaluation session of an hour and a half at "
                    "the end"
                ),
                "Attend all the training (1 hour), and evaluation session at the end of the programme (1.5 hours)",
            ),
        )
    },
    ("llr-rm-2022-c3", "cohort", "3"): "third cohort",
    ("llr-rm-2022-c3", "begins", "June 2022"): "6 months from June",
    ("llr-rm-2022-c3", "meetings.months", "6"): "6 months from June",
    ("llr-rm-2022-c3", "eligibility.sectors", "health"): "health and social care system",
    ("llr-rm-2022-c3", "eligibility.sectors", "social_care"): "health and social care system",
    ("llr-rm-2022-c3", "eligibility.sectors", "local_authority"): "other local authority organisations",
    ("llr-rm-general", "topics.disability", "Disability"): "disabled colleague",
    ("llr-rm-general", "topics.race", "Race"): "Black, Asian, or Minority Ethnic (BAME)",
    ("midlands-reverse-2021", "cohort", "1"): "The first cohort",
    ("midlands-reciprocal-board", "roles.partner.title", "Learner"): "Both parties are learners",
    ("foi-trust-reciprocal", "groups.attend", "all of"): "Trust staff who are enrolled in the programme",
    ("foi-trust-reciprocal", "groups.recurring", "yes"): "Virtual Action Learning Sets",
}


def values(node: object, place: str = "") -> Iterator[tuple[str, str]]:
    """Every value of a file with its place, but for what is ours."""
    if isinstance(node, dict):
        for key, value in node.items():
            if key not in OURS:
                yield from values(value, f"{place}.{key}".lstrip("."))
    elif isinstance(node, list):
        for item in node:
            yield from values(item, place)
    elif node is not None:
        yield place, " ".join(str(node).split())


def same(text: str) -> str:
    return re.sub(r"[\W_]+", " ", text).casefold().strip()


@pytest.mark.parametrize("example", sorted(SOURCES))
def test_every_value_stands_in_the_source(example: str) -> None:
    # As texts: YAML would take "on" for a truth, and "3" for a number.
    file = yaml.load(FILES[example].read_text(encoding="utf-8"), Loader=yaml.BaseLoader)  # noqa: S506 -- makes texts and nothing else
    said = [same(sentence) for sentence in SOURCES[example].split("\n\n")]
    invented = []
    for place, value in values(file):
        words = same(READ_AS.get((example, place, value), value))
        if value not in ENGINE and not any(f" {words} " in f" {sentence} " for sentence in said):
            invented.append((place, value))

    assert invented == []
    used = {key for key in READ_AS if key[0] == example}
    assert used <= {(example, place, value) for place, value in values(file)}


def test_the_six_are_all_there_is() -> None:
    assert set(FILES) == set(SOURCES)
    assert all(path.parent == FOLDER / "examples" for path in EXAMPLES.values())


def test_a_closing_date_that_contradicts_itself_is_an_error_at_both_places_until_somebody_decides() -> None:
    text = EXAMPLES["llr-rm-2022-c3"].read_text(encoding="utf-8")
    undecided = (
        "\n".join(line for line in text.splitlines() if not line.startswith(("  decided:", "  by:", "  on:")))
        .replace("  why: >-\n", "")
        .replace("    30 April 2022 was a Saturday. To turn", "    # To turn")
    )
    undecided = re.sub(r"\n    # To turn.*?\n\ncontacts", "\n\ncontacts", undecided, flags=re.DOTALL)

    decided, left_open = proofread(text), proofread(undecided)

    assert [a.finding.what for a in decided.accepted] == [
        "30 April 2022 is a Saturday, not a Friday.",
        "'Saturday 30th April 2022' stands here, and 'Friday 30th April 2022' on line 24.",
    ]
    assert {a.by for a in decided.accepted} == {"the developers, for this example"}
    assert left_open.programme is None
    assert [f.line for f in left_open.of("error")] == [24, 25]


def test_a_decision_about_nothing_is_an_error() -> None:
    text = EXAMPLES["llr-rm-2022-c3"].read_text(encoding="utf-8").replace("    - Friday 30th April 2022\n", "")

    assert [f.subject for f in proofread(text).of("error")] == ["closes.decided"]
