"""From the tree of a file to the questions of a questionnaire: the application form's, and the evaluation's."""

import re

from shared.domain.fields import FIELDS
from shared.domain.programme import Condition, Option, Question, Sees
from shared.proofread.schedule import ROLES
from shared.proofread.section import Once, Section
from shared.proofread.tree import Listing, Node, Words
from shared.proofread.words import did_you_mean, plain

QUESTION_KEYS = (
    "field", "id", "title", "type", "required", "hint", "help", "options", "for role", "who sees", "only if",
    "at least", "at most", "keys",
)  # fmt: skip
QUESTION_TYPES = ("text", "long text", "email", "choice", "multi", "yes or no", "ranked", "date", "number")
# A column of a table is named by it.
_OWN_ID = re.compile(r"[a-z][a-z0-9_]{1,39}")


def question_subject(question: Question, under: str = "form.questions") -> str:
    """Where findings about a question are said to be."""
    return _question_subject(question.field, question.for_role, under)


def _question_subject(field: str, role: str | None, under: str) -> str:
    return f"{under}.{field}.{role}" if role else f"{under}.{field}"


def read_questions(form: Section) -> tuple[Question, ...]:
    """The questions of the application form."""
    questions = []
    once = Once(form.findings)
    for part in form.sections("questions", QUESTION_KEYS, called="field"):
        field, sees = _field(part)
        question = read_question(part, field, sees, once)
        if question is not None:
            questions.append(question)
    return tuple(questions)


def _field(part: Section) -> tuple[str, Sees | None]:
    """The name of a question's answer, and who sees it if the question is the programme's own."""
    if part.node("id") is None:
        field = part.text("field", required=True)
        if field and field not in FIELDS:
            part.wrong(
                "field",
                f"'{field}' is not an answer that the app knows.",
                f"{did_you_mean(field, tuple(FIELDS))} For a question of your own write 'id:' instead of 'field:'.",
            )
        if part.node("who sees") is not None:
            part.wrong("who sees", f"Who sees '{field}' is the app's to say.", "Take the line out.")
        return field, None
    if part.node("field") is not None:
        part.wrong("id", "A question has 'field:' or 'id:', not both.", "Keep 'id:' for a question of your own.")
    named = part.text("id")
    part.subject = _question_subject(named, None, "form.questions") if named else part.subject
    own = own_id(part)
    if own in FIELDS:
        part.wrong("id", f"'{own}' is an answer that the app knows.", f"Write 'field: {own}', or another id.")
    return own, part.choice("who sees", tuple(Sees))


def own_id(part: Section) -> str:
    """The id of a question of a programme's own."""
    own = part.text("id", required=True)
    if own and own not in FIELDS and _OWN_ID.fullmatch(own) is None:
        part.wrong("id", f"'{own}' cannot be an id.", "Use 2 to 40 small letters, digits and underscores.")
    return own


def read_question(
    part: Section, field: str, sees: Sees | None, once: Once, *, under: str = "form.questions", skippable: bool = False
) -> Question | None:
    """One question, whichever questionnaire it stands in; None if it cannot be read. ``skippable``: none is needed."""
    role = part.choice("for role", ROLES) if part.node("for role") else None
    part.subject = _question_subject(field, role, under)
    once.take(f"{field} for {role}" if role else field, part.line_of("id" if sees else "field"), part.subject)
    lines = part.findings.lines
    lines[part.subject] = part.line
    lines |= {
        f"{part.subject}.{key}": part.line_of(key) for key in ("required", "only if", "only at", "at most", "at least")
    }
    keys = part.pairs("keys")
    titles = [plain(words.text) for words in part.texts("title", required=True)] or [""]
    lines |= {f"{part.subject}.keys.{name.text}": name.line for name, _ in keys}
    return part.findings.make(
        Question,
        part.line,
        part.subject,
        field=field,
        title=titles[0],
        also_titled=tuple(titles[1:]),
        type=part.choice("type", QUESTION_TYPES),
        required=not skippable and part.yes_no("required"),
        options=_options(part),
        for_role=role,
        hint=part.text("hint"),
        help=tuple(plain(words.text) for words in part.texts("help")),
        sees=sees,
        least=part.number("at least"),
        most=part.number("at most", least=1),
        only_if=_conditions(part),
        only_at=tuple(words.text for words in part.texts("only at")),
        keys={name.text: plain(words.text) for name, words in keys},
    )


def _conditions(part: Section) -> tuple[Condition, ...]:
    conditions = []
    for name, node in part.entries("only if"):
        values = texts_of(node)
        if not values:
            part.findings.error(
                name.line,
                part.at("only if"),
                f"'{name.text}' names no answer.",
                "Write the values of its options, such as '[in_person, either]', or yes or no.",
            )
        conditions.append(Condition(field=name.text, values=values))
    return tuple(conditions)


def _options(part: Section) -> tuple[Option, ...]:
    options = []
    for name, node in part.entries("options"):
        subject = f"{part.subject}.options.{name.text}"
        part.findings.lines[subject] = name.line
        texts = texts_of(node)
        if texts:
            options.append(Option(value=name.text, text=texts[0], aliases=texts[1:]))
        else:
            part.findings.error(
                name.line,
                subject,
                f"'{name.text}' has no words.",
                "Write what the form shows after the colon.",
            )
    return tuple(options)


def texts_of(node: Node) -> tuple[str, ...]:
    """The texts of a list, or of one text alone."""
    items = node.items if isinstance(node, Listing) else (node,)
    return tuple(plain(item.text) for item in items if isinstance(item, Words) and plain(item.text))
