"""Cohort 7 with questions of its own: one of every type, seen by different people, some asked of some alone."""

from functools import cache

from shared.domain.programme import Evaluation, Programme, Question
from shared.proofread import proofread
from tests.senders.form import with_every_form
from tests.world import cohort_7

#: As a programme lead writes them below the questions of the form.
TEXT = """
    - id: meals
      who sees: administrators
      title: What do you eat?
      hint: We order lunch for the training.
      type: multi
      at most: 2
      required: no
      options: {halal: Halal, vegan: Vegan, anything: Anything}
    - id: matters
      who sees: administrators
      title: What matters most to you?
      type: ranked
      required: no
      options: {learn: Learning, meet: Meeting people, share: Sharing}
    - id: drives
      who sees: administrators
      title: Do you drive?
      type: yes or no
      required: no
    - id: how_far
      who sees: administrators
      title: How many miles could you drive?
      type: number
      at least: 1
      at most: 100
      required: yes
      only if: {drives: yes}
    - id: begins
      who sees: matchers
      title: From which day could you begin?
      type: date
      required: no
    - id: hopes
      who sees: matchers
      for role: mentor
      title: What do you hope for?
      help: [You can say as much or as little as you like., Nobody marks it.]
      type: long text
      required: no
    - id: heard_of_us
      who sees: nobody but export
      title: How did you hear of us?
      type: choice
      required: no
      options: {friend: From a friend, poster: A poster}
    - id: badge
      who sees: nobody but export
      title: What should stand on your badge?
      type: text
      required: no
"""
EVALUATION = """
evaluation:
  about: Everybody is asked the same questions four times.
  waves:
    - {id: baseline, title: Before you begin, when: at the start}
    - {id: midway, title: Half way, when: after 3 months}
    - {id: end, title: At the end, when: at the end}
    - {id: later, title: Half a year later, when: 6 months after the end}
  questions:
    - id: sure
      title: How sure are you of speaking about race at work?
      type: choice
      options: {1: Not at all, 2: A little, 3: Fairly, 4: Very}
    - id: meetings
      title: Did you meet as often as you had hoped?
      type: yes or no
      only at: [midway, end]
    - id: why_not
      title: What got in the way?
      type: long text
      only at: [midway, end]
      only if: {meetings: no}
"""
OWN_ANSWERS = {
    "meals": ["vegan", "halal"],
    "matters": ["share", "learn"],
    "drives": True,
    "how_far": "12",
    "begins": "2026-05-14",
    "hopes": "canary-hopes",
    "heard_of_us": "poster",
    "badge": "canary-badge",
}
IN_WORDS = {
    "What do you eat?": "Vegan; Halal",
    "What matters most to you?": "1. Sharing; 2. Learning",
    "Do you drive?": "Yes",
    "How many miles could you drive?": "12",
    "From which day could you begin?": "Thursday 14 May 2026",
    "What do you hope for?": "canary-hopes",
    "How did you hear of us?": "A poster",
    "What should stand on your badge?": "canary-badge",
}
_PLACES = {"gravity": "{}", "smartsurvey": "9{:03}", "jotform": "q{}_own"}


@cache
def own_questions() -> tuple[Question, ...]:
    """The questions, proof-read."""
    from tests.unit.proofread.broken import TEXT as SHIPPED

    programme = proofread(SHIPPED.rstrip() + "\n" + TEXT).programme
    assert programme is not None
    return programme.questions[len(cohort_7().questions) :]


@cache
def asking_more() -> Programme:
    """Cohort 7 with forms at every provider, and these questions on them."""
    programme = with_every_form()
    more = tuple(
        question.model_copy(
            update={
                "keys": {
                    source: _PLACES.get(source, "own{}").format(place)
                    for source in programme.form_ids
                    if source != "standard"
                }
            }
        )
        for place, question in enumerate(own_questions(), start=101)
    )
    return programme.model_copy(update={"questions": (*programme.questions, *more)})


@cache
def evaluation() -> Evaluation:
    """The evaluation, proof-read."""
    from tests.unit.proofread.broken import TEXT as SHIPPED

    programme = proofread(SHIPPED.rstrip() + "\n" + EVALUATION).programme
    assert programme is not None
    assert programme.evaluation is not None
    return programme.evaluation
