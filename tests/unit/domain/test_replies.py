"""What a mail in the inbox is, how a manager's words read, and what either does to an application."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from shared.domain.application import Answer, Application, LineManager, Status, Suggestion
from shared.domain.approval import ask_again
from shared.domain.leaving import erased, withdrawn
from shared.domain.next_step import next_step
from shared.domain.owed import Kind, owed_to_application
from shared.domain.replies import (
    Inbound,
    Nature,
    Reading,
    Reply,
    applicant_not_reached,
    asks_for_reading,
    manager_not_reached,
    nature,
    own_words,
    reading,
    replied,
)
from tests.factories import ALEX, CLOSES, PRIYA, answered, applied
from tests.world import cohort_7

AT = datetime(2026, 2, 12, 10, 15, tzinfo=UTC)


def a_mail(
    sender: str = PRIYA.email, message_class: str = "IPM.Note", subject: str = "Re: x", **headers: str
) -> Inbound:
    named = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    return Inbound("id", "<a@b>", AT, sender, subject, "", named, message_class)


_REPORT = 'multipart/report; report-type=delivery-status; boundary="x"'


@pytest.mark.parametrize(
    ("mail", "expected"),
    [
        (a_mail(), Nature.REPLY),
        (a_mail(message_class=""), Nature.REPLY),
        (a_mail(x_auto_response_suppress="All"), Nature.REPLY),
        (a_mail(auto_submitted="no"), Nature.REPLY),
        (a_mail(auto_submitted="No; comment"), Nature.REPLY),
        (a_mail(return_path="<priya@example.com>"), Nature.REPLY),
        (a_mail(content_type="multipart/alternative"), Nature.REPLY),
        (a_mail(subject="I will be delayed"), Nature.REPLY),
        (a_mail(auto_submitted="auto-replied"), Nature.AUTOMATIC),
        (a_mail(auto_submitted="Auto-Generated; x"), Nature.AUTOMATIC),
        (a_mail(message_class="IPM.Note.Rules.OofTemplate.Microsoft"), Nature.AUTOMATIC),
        (a_mail(message_class="REPORT.IPM.Note.IPNRN"), Nature.AUTOMATIC),
        (a_mail(message_class="REPORT.IPM.Note.DR"), Nature.AUTOMATIC),
        (a_mail(message_class="REPORT.IPM.Note.Delayed", content_type=_REPORT), Nature.AUTOMATIC),
        (a_mail(content_type="multipart/report; report-type=disposition-notification"), Nature.AUTOMATIC),
        (a_mail(content_type=_REPORT, subject="Delayed Mail (still being retried)"), Nature.AUTOMATIC),
        (a_mail("MAILER-DAEMON@mx.example.com", subject="Warning: delayed 24 hours"), Nature.AUTOMATIC),
        (a_mail(precedence="auto_reply"), Nature.AUTOMATIC),
        (a_mail(x_autoreply="yes"), Nature.AUTOMATIC),
        (a_mail(return_path="<>", auto_submitted="auto-replied"), Nature.AUTOMATIC),
        (a_mail(message_class="REPORT.IPM.Note.NDR"), Nature.BOUNCE),
        (a_mail(message_class="report.ipm.note.ndr", auto_submitted="auto-replied"), Nature.BOUNCE),
        (a_mail(content_type=_REPORT.upper(), auto_submitted="auto-replied"), Nature.BOUNCE),
        (a_mail(x_failed_recipients="priya@example.com"), Nature.BOUNCE),
        (a_mail("postmaster@example.com", return_path="<>"), Nature.BOUNCE),
        (a_mail("Mailer-Daemon@example.com", return_path=""), Nature.BOUNCE),
        (a_mail("postmaster@example.com"), Nature.AUTOMATIC),
        (a_mail(message_class="IPM.Schedule.Meeting.Resp.Pos"), Nature.MEETING_RESPONSE),
        (replace(a_mail(), meeting_response=True), Nature.MEETING_RESPONSE),
    ],
)
def test_what_a_mail_is(mail: Inbound, expected: Nature) -> None:
    assert nature(mail) is expected


def read(text: str) -> Reading:
    return reading(text, manager="Priya Shah", applicant="Amara Okafor")


@pytest.mark.parametrize(
    "text",
    [
        "yes",
        "Yes.",
        "YES!!",
        "Yes please",
        "yes, of course",
        "Yes \u2013 approved",
        "I approve",
        "I approve.",
        "Approved",
        "approve",
        "Yes, I approve this request.",
        "I confirm.",
        "I agree",
        "I am happy to release Amara",
        "I'm very happy to release her for the programme.",
        "I\u2019m happy to release Amara Okafor for reverse mentoring",
        "Happy to release her",
        "happy to approve",
        "I can release her.",
        "Yes I can release Amara.",
        "Yes, that's fine.",
        "Yes, that\u2019s fine by me, thank you",
        "Fine by me",
        "Happy for her to take part.",
        "Hi\n\nYes, approved.\n\nThanks\nPriya",
        "Dear mentoring team,\r\n\r\nI approve.\r\n\r\nKind regards,\r\nPriya Shah\r\nMatron\r\nTel 0116 496 0000",
        "Yes\n\nPriya",
        "Yes\n\nPriya Shah\nMatron\n\nThis is confidential. If you are not the intended recipient, do not read it.",
        "Yes\n--\nPriya, Mobile",
        "Sorry for the delay. Yes.",
        "Thanks for asking. Approved.",
        "Yes\n\nSent from my iPhone",
        "Yes\n\nOn Tue, 10 Feb 2026 at 09:00, Mentoring <m@example.org> wrote:\n> Can you release Amara?\n> Not sure?",
        "Yes\n\nOn Tue, 10 Feb 2026 at 09:00, Mentoring\n<m@example.org> wrote:\n\nCan you release Amara?\nNo?",
        "Approved\n\n________________________________\nFrom: Mentoring\nSent: Tuesday\nCan you? Or not?",
        "Approved\n\nFrom: Mentoring <m@example.org>\nDecline here",
        "yes\n-----Original Message-----\nno",
        "\u00a0Yes\u00a0",
    ],
)
def test_a_short_plain_yes_reads_as_yes(text: str) -> None:
    assert read(text) is Reading.YES


@pytest.mark.parametrize(
    "text",
    [
        "no",
        "No.",
        "No, sorry.",
        "Sorry, no.",
        "No thank you",
        "I do not approve",
        "I don't approve this.",
        "I don\u2019t approve.",
        "Not approved",
        "declined",
        "Decline",
        "I decline",
        "I must decline.",
        "Unfortunately not",
        "I'm afraid not.",
        "I cannot release her.",
        "I can't release Amara",
        "No, I can't release Amara Okafor for the programme.",
        "Unfortunately I am unable to release them.",
        "I do not agree",
        "Hello,\n\nUnfortunately, I cannot release her.\n\nBest wishes\nPriya",
        "Unable to release her",
    ],
)
def test_a_short_plain_no_reads_as_no(text: str) -> None:
    assert read(text) is Reading.NO


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   \n ",
        "?",
        "yes?",
        "Yes, but only in April",
        "Yes if her shifts are covered",
        "Yes, provided that she finds cover.",
        "Yes. However, not on Fridays.",
        "Yes and no",
        "Yes. No.",
        "No, yes",
        "No, I approve",
        "Sorry, yes",
        "Approve / Decline",
        "No problem",
        "No objection",
        "Not declined",
        "I do not decline",
        "I don't not approve",
        "I will not say no",
        "I approve of the idea",
        "I approve subject to cover",
        "I would approve",
        "I will approve it tomorrow",
        "Ok",
        "OK thanks",
        "Thank you",
        "Thanks, noted",
        "Yes I got your email",
        "I confirm receipt",
        "Yes, I am not her manager",
        "She left in January",
        "See below",
        "Please call me",
        "No, we are too short of staff until the summer",
        "Happy to discuss",
        "I am happy to talk to her about this",
        "Yes\n\nRegards\nPriya\n\nPS only from April",
        "Yes\nPriya\nBut not on Fridays",
        "Yes\n> Can you release Amara for three hours?\nonly for two",
        "Yes\n\nOn Tue, 10 Feb 2026 at 09:00, Mentoring wrote:\n> Can you?\nNot in March\n> Or not?",
        "> yes",
        "From: Priya\nYes",
        "\U0001f44d",
        "Ja",
        "Ydw",
        "yes " * 400,
        "yes. " * 9,
        "Yes, I approve Tom",
        "<b>Yes</b> <script>no</script>",
        "Release",
    ],
)
def test_anything_else_is_unclear(text: str) -> None:
    assert read(text) is Reading.UNCLEAR


@pytest.mark.parametrize(
    "name", ["", "No", "Will May", "O'Brien (Ward) [x]*", "\u0641\u0627\u0637\u0645\u0629", "But If", "a" * 300]
)
def test_odd_names_do_no_harm(name: str) -> None:
    assert reading("Yes", manager=name, applicant=name) is Reading.YES
    assert reading("No", manager=name, applicant=name) is Reading.NO
    assert reading("Yes but", manager=name, applicant=name) is Reading.UNCLEAR
    assert reading("Yes\nNo", manager=name, applicant=name) is Reading.UNCLEAR


def test_a_name_that_is_a_word_of_the_answer_changes_nothing() -> None:
    assert reading("I will", manager="Will Grace", applicant="Amara Okafor") is Reading.UNCLEAR
    assert reading("I do not approve", manager="Donna Not", applicant="Do Not") is Reading.NO
    assert reading("Yes, not her", manager="Amara Not", applicant="Not Her") is Reading.UNCLEAR


def test_long_texts_are_read_in_time() -> None:
    for text in ("on " * 200_000, "yes " * 200_000, "\n" * 500_000 + "no", "From:" * 100_000, "- " * 300_000):
        assert read(text) in {Reading.UNCLEAR, Reading.NO}


def test_own_words_are_what_stands_outside_the_quotes() -> None:
    assert own_words("One\n> two\nthree") == "One\nthree"
    assert own_words("One\nOn the whole I wrote:\n") == "One"
    assert own_words("One\n\nFrom: us\nTwo") == "One"


def waiting(manager: LineManager = PRIYA) -> Application:
    return applied({**_form(), "manager_name": manager.name, "manager_email": manager.email})


def _form() -> dict[str, object]:
    from tests.world import answers

    return answers()


def a_reply(reads: Reading = Reading.YES, *, mark: str = "m1", **changes: object) -> Reply:
    return replace(Reply(mark, AT, PRIYA.email.upper(), 1, reads), **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(("reads", "answer"), [(Reading.YES, Answer.APPROVE), (Reading.NO, Answer.DECLINE)])
def test_a_plain_reply_of_the_manager_is_a_suggestion_and_no_answer(reads: Reading, answer: Answer) -> None:
    after = replied(waiting(), a_reply(reads))

    assert after.open_suggestion == Suggestion(answer, 1, AT)
    assert (after.status, after.request, after.replies) == (Status.AWAITING_MANAGER, waiting().request, 0)
    assert "accept reply" in next_step(cohort_7(), after, CLOSES, AT)


@pytest.mark.parametrize(
    "reply",
    [
        a_reply(Reading.UNCLEAR),
        a_reply(sender="secretary@example.nhs.uk"),
        a_reply(sender="amara.okafor@example.nhs.uk"),
        a_reply(request=0),
        a_reply(request=2),
    ],
)
def test_every_other_reply_is_counted(reply: Reply) -> None:
    after = replied(waiting(), reply)

    assert (after.replies, after.suggestion) == (1, None)


def test_a_reply_counts_once() -> None:
    for reply in (a_reply(), a_reply(Reading.UNCLEAR)):
        once = replied(waiting(), reply)
        assert replied(once, reply) == once


def test_the_manager_s_newest_word_counts() -> None:
    first = replied(waiting(), a_reply())
    later = AT + timedelta(hours=1)

    no = replied(first, a_reply(Reading.NO, mark="m2", at=later))
    doubt = replied(first, a_reply(Reading.UNCLEAR, mark="m2", at=later))
    older = replied(first, a_reply(Reading.NO, mark="m2", at=AT - timedelta(hours=1)))

    assert no.suggestion == Suggestion(Answer.DECLINE, 1, later)
    assert (doubt.suggestion, doubt.replies) == (None, 1)
    assert (older.suggestion, older.replies) == (first.suggestion, 1)


def test_a_suggestion_is_over_with_its_request() -> None:
    suggested = replied(waiting(), a_reply())

    assert answered(suggested, Answer.DECLINE).open_suggestion is None
    assert ask_again(suggested, now=AT).open_suggestion is None
    assert withdrawn(suggested, now=AT).open_suggestion is None


def test_a_reply_after_the_answer_is_only_counted() -> None:
    after = replied(answered(waiting(), Answer.DECLINE), a_reply())

    assert (after.status, after.replies, after.suggestion) == (Status.DECLINED, 1, None)


def test_nothing_is_noted_of_somebody_who_was_erased() -> None:
    gone = erased(waiting(), now=AT)

    assert replied(gone, a_reply()) == gone
    assert manager_not_reached(gone, "m", 1, AT) == gone
    assert applicant_not_reached(gone, "m") == gone


def test_words_are_asked_for_only_where_they_can_count() -> None:
    application = waiting()

    assert asks_for_reading(application, 1, PRIYA.email.upper())
    assert not asks_for_reading(application, 2, PRIYA.email)
    assert not asks_for_reading(application, 0, PRIYA.email)
    assert not asks_for_reading(application, 1, ALEX.email)
    assert not asks_for_reading(answered(application), 1, PRIYA.email)
    assert not asks_for_reading(erased(application, now=AT), 1, PRIYA.email)


def test_a_bounce_of_the_request_asks_the_applicant_for_another_address() -> None:
    after = manager_not_reached(waiting(), "m1", 1, AT)

    assert after.manager_unreachable
    assert next_step(cohort_7(), after, CLOSES, AT) == (
        "The manager's address does not work; waiting for Amara Okafor to give another"
    )
    kinds = [mail.kind for mail in owed_to_application(cohort_7(), after, CLOSES).mails]
    assert Kind.MANAGER_UNREACHABLE in kinds
    assert not {Kind.APPROVAL_REQUEST, Kind.APPROVAL_REMINDER} & set(kinds)
    assert manager_not_reached(after, "m2", 1, AT + timedelta(days=1)).request == after.request
    asked = ask_again(after, now=AT)
    assert not asked.manager_unreachable
    assert Kind.APPROVAL_REQUEST in [mail.kind for mail in owed_to_application(cohort_7(), asked, CLOSES).mails]


def test_a_manager_who_was_never_reached_is_not_told_that_it_is_over() -> None:
    after = withdrawn(manager_not_reached(waiting(), "m1", 1, AT), now=AT)

    assert Kind.RELEASE_NOT_NEEDED not in [mail.kind for mail in owed_to_application(cohort_7(), after, CLOSES).mails]


@pytest.mark.parametrize("number", [0, 2])
def test_a_bounce_of_another_request_changes_nothing_that_people_see(number: int) -> None:
    after = manager_not_reached(waiting(), "m1", number, AT)

    assert replace(after, replies_seen=()) == waiting()


def test_a_bounce_after_the_answer_takes_nothing_back() -> None:
    approved = answered(waiting())

    assert replace(manager_not_reached(approved, "m1", 1, AT), replies_seen=()) == approved


def test_a_bounce_of_a_mail_to_the_applicant_is_a_remark() -> None:
    after = applicant_not_reached(waiting(), "m1")

    assert after.flags == ("An email to the applicant came back: their address does not work.",)
    assert after.replies == 1
    assert applicant_not_reached(after, "m1") == after


def test_only_so_many_marks_are_kept() -> None:
    application = waiting()
    for number in range(100):
        application = replied(application, a_reply(Reading.UNCLEAR, mark=f"m{number}"))

    assert application.replies == 100
    assert application.replies_seen == tuple(f"m{number}" for number in range(70, 100))
