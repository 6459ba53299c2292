"""What a questionnaire's questions say of each other: conditions, limits, and who would learn what from them."""

from collections.abc import Callable, Sequence

from shared.domain.fields import FIELDS, Kept
from shared.domain.programme import Question, Sees
from shared.proofread.words import did_you_mean

WITH_OPTIONS = frozenset({"choice", "multi", "yes or no", "ranked"})
_OWN_ALONE = frozenset({"ranked", "date", "number"})
_LIMITED = frozenset({"multi", "ranked", "number"})
# A table's row holds that many columns besides those of the app, and each of these texts.
MOST_OWN = 40
LONGEST_TITLE = 300
# Words by which a question asks about somebody's life: administrators are not meant to read such answers.
_SPECIAL = (
    "ethnic", "race", "religio", "belief", "faith", "disab", "health condition", "sexual", "gender identity", "trans ",
    "pregnan", "trade union",
)  # fmt: skip

#: Puts down something about a subject: what is wrong, and how to mend it.
type Say = Callable[[str, str, str], None]


def check_own(questions: Sequence[Question], subject: Callable[[Question], str], *, error: Say, warn: Say) -> None:
    """What can be wrong with questions besides their options and keys. ``subject`` is where a question stands."""
    own = [question for question in questions if question.sees is not None]
    if len(own) > MOST_OWN:
        error(subject(own[MOST_OWN]), f"There are more than {MOST_OWN} questions of your own.", "Ask fewer.")
    for place, question in enumerate(questions):
        where = subject(question)
        if question.sees is None and question.field in FIELDS and question.type in _OWN_ALONE:
            error(
                where,
                f"The type '{question.type}' is for questions of your own, not for '{question.field}'.",
                "Write another type.",
            )
        if question.sees is not None and len(question.title) > LONGEST_TITLE:
            error(where, "The title is too long to be kept with the answer.", f"Use {LONGEST_TITLE} letters at most.")
        _limits(question, where, error)
        _condition(questions, place, where, error)
        title = f"{question.title} ".casefold()
        if question.sees is Sees.ADMINISTRATORS and any(word in title for word in _SPECIAL):
            warn(
                where,
                "The question seems to ask about somebody's life, and every administrator could read the answer.",
                "Write 'who sees: matchers' or 'who sees: nobody but export'.",
            )


def _limits(question: Question, where: str, error: Say) -> None:
    least, most = question.least, question.most
    if (least is not None or most is not None) and question.type not in _LIMITED:
        key = "at least" if most is None else "at most"
        error(
            f"{where}.{key}",
            f"'{key}' is for numbers and for several options, not for '{question.type}'.",
            "Take the line out.",
        )
    elif least is not None and question.type != "number":
        error(f"{where}.at least", "'at least' is for numbers.", "Take the line out, or write 'required: yes'.")
    elif least is not None and most is not None and least > most:
        error(f"{where}.at least", f"No number is at least {least} and at most {most}.", "Mend one of the two.")
    elif most is not None and question.options and most > len(question.options):
        error(f"{where}.at most", f"There are only {len(question.options)} options.", "Write a smaller number.")


def _condition(questions: Sequence[Question], place: int, where: str, error: Say) -> None:
    question = questions[place]
    where = f"{where}.only if"
    asked = FIELDS.get(question.field) if question.sees is None else None
    if question.only_if and asked is not None and asked.needed:
        error(where, f"'{question.field}' is needed of everybody.", "Take 'only if' out.")
    for condition in question.only_if:
        others = [one for one in questions if one.field == condition.field and one is not question]
        before = [one for one in questions[:place] if one.field == condition.field]
        if not others:
            known = tuple(dict.fromkeys(one.field for one in questions[:place]))
            error(where, f"There is no question '{condition.field}'.", did_you_mean(condition.field, known))
        elif not before:
            error(where, f"'{condition.field}' is asked later.", "Put that question before this one.")
        else:
            _values(before, condition.values, where, error)
            if any(_told_more_widely(question, one) for one in before):
                error(
                    where,
                    f"Whoever sees that this question was answered would know what was answered to "
                    f"'{condition.field}', which is not for them.",
                    "Take 'only if' out, or let this answer be seen by as few as that one.",
                )


def _values(others: Sequence[Question], values: Sequence[str], where: str, error: Say) -> None:
    if any(one.type not in WITH_OPTIONS for one in others):
        error(where, f"'{others[0].field}' has no options to choose from.", "Name a question with options.")
        return
    if any(one.type == "yes or no" for one in others):
        known = ["yes", "no"]
    else:
        known = [option.value for one in others for option in one.options]
    for value in values:
        if known and value not in known:
            error(where, f"'{value}' is not an answer to '{others[0].field}'.", did_you_mean(value, tuple(known)))


def _told_more_widely(question: Question, other: Question) -> bool:
    """Whether more people see the one answer than the other."""
    return _eyes(question) > _eyes(other)


def _eyes(question: Question) -> int:
    if question.sees is not None:
        return {Sees.NOBODY: 0, Sees.MATCHERS: 1, Sees.ADMINISTRATORS: 2}[question.sees]
    asked = FIELDS.get(question.field)
    return 1 if asked is not None and asked.kept is Kept.LIVED else 2
