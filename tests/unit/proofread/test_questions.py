"""What the proof-reader says of a programme's own questions, each mistake with how to mend it."""

import pytest

from shared.proofread import proofread
from tests.own_questions import TEXT as OWN
from tests.unit.proofread.broken import TEXT as SHIPPED

FILE = SHIPPED.rstrip() + "\n" + OWN
MEALS = "form.questions.meals"
FAR = "form.questions.how_far"


def findings(text: str) -> list[tuple[str, str, str]]:
    found = proofread(text).findings
    return [
        (f.severity, f.subject, f"{f.what} {f.mend}")
        for f in found
        if f.subject.startswith("form.") and "has no key for" not in f.what
    ]


def test_questions_of_every_type_are_read_as_they_are_meant() -> None:
    programme = proofread(FILE).programme

    assert findings(FILE) == []
    assert programme is not None
    own = {q.field: q for q in programme.questions if q.sees}
    assert {field: (q.type, q.sees) for field, q in own.items()} == {
        "meals": ("multi", "administrators"),
        "matters": ("ranked", "administrators"),
        "drives": ("yes or no", "administrators"),
        "how_far": ("number", "administrators"),
        "begins": ("date", "matchers"),
        "hopes": ("long text", "matchers"),
        "heard_of_us": ("choice", "nobody but export"),
        "badge": ("text", "nobody but export"),
    }
    assert [(c.field, c.values) for c in own["how_far"].only_if] == [("drives", ("yes",))]
    assert (own["meals"].most, own["how_far"].least, own["hopes"].help[1]) == (2, 1, "Nobody marks it.")


@pytest.mark.parametrize(
    ("old", "new", "subject", "says"),
    [
        ("id: meals\n", "id: topics\n", "form.questions.topics.id", "Write 'field: topics'"),
        ("id: meals\n", "id: My meals\n", "form.questions.My meals.id", "cannot be an id"),
        ("id: meals\n", "id: meals\n      field: team\n", "form.questions.team.id", "'field:' or 'id:', not both"),
        ("- id: meals\n      who sees: administrators", "- id: meals", "form.questions.meals.who sees", "is missing"),
        ("id: meals\n      who sees: administrators", "id: meals\n      who sees: everybody",
         "form.questions.meals.who sees", "'everybody' is not one of the answers"),
        ("at most: 2", "at most: 9", f"{MEALS}.at most", "There are only 3 options."),
        ("at most: 2", "at least: 2", f"{MEALS}.at least", "'at least' is for numbers."),
        ("type: ranked", "type: rank", "form.questions.matters.type", "Did you mean 'ranked'"),
        ("at least: 1\n", "at least: 200\n", f"{FAR}.at least", "No number is at least 200 and at most 100."),
        ("type: date", "type: date\n      at most: 3", "form.questions.begins.at most", "not for 'date'"),
        ("only if: {drives: yes}", "only if: {drive: yes}", f"{FAR}.only if", "There is no question 'drive'."),
        ("only if: {drives: yes}", "only if: {badge: yes}", f"{FAR}.only if", "'badge' is asked later."),
        ("only if: {drives: yes}", "only if: {drives: often}", f"{FAR}.only if", "'often' is not an answer"),
        ("only if: {drives: yes}", "only if: {team: yes}", f"{FAR}.only if", "'team' has no options to choose from."),
        ("only if: {drives: yes}", "only if: {drives: }", f"{FAR}.only if", "'drives' names no answer."),
        ("only if: {drives: yes}", "only if: {topics: disability}", f"{FAR}.only if",
         "would know what was answered to 'topics', which is not for them"),
        ("title: Do you drive?", "title: What is your ethnic group?", "form.questions.drives",
         "every administrator could read the answer"),
        ("title: Do you drive?", f"title: {'Do you drive ' * 30}?", "form.questions.drives", "The title is too long"),
        ("        - Your job title\n", "        - Your job title\n      who sees: matchers\n",
         "form.questions.job_title.who sees", "is the app's to say"),
        ("        - Your job title\n      type: text", "        - Your job title\n      type: number",
         "form.questions.job_title", "is for questions of your own, not for 'job_title'"),
        ("        - Your job title\n      type: text\n      required: yes",
         "        - Your job title\n      type: text\n      only if: {role: mentor}\n      required: yes", "", ""),
    ],
)  # fmt: skip
def test_a_mistake_is_named_where_it_stands_with_how_to_mend_it(old: str, new: str, subject: str, says: str) -> None:
    assert FILE.count(old) == 1, f"{FILE.count(old)} times: {old}"

    found = findings(FILE.replace(old, new))

    if not subject:
        assert found == []
        return
    assert [(where, words) for _, where, words in found if where == subject and says in words], found


def test_so_many_questions_are_more_than_a_row_holds() -> None:
    more = "".join(
        f"""    - id: more_{number}
      who sees: administrators
      title: Question {number}?
      type: text
      required: no
"""
        for number in range(40)
    )

    (found,) = findings(FILE + more)

    assert found[2] == "There are more than 40 questions of your own. Ask fewer."
