"""A second opinion on small cohorts: every plan there is, judged by rules written down anew from their words.

It shares no code with the plan but the cohort's values. What has been looked at is remembered by how many places are
left, so it is every plan and still quick.
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import cache
from itertools import combinations

from shared.domain.matching.people import Cohort, Confided, Person, Side, Two, Way
from shared.domain.matching.rules import Rule

#: What a plan is worth: compared from the left, the greater the better.
type Worth = tuple[int, ...]


def breaks(rule: Rule, cohort: Cohort, a: Person, b: Person) -> bool:  # noqa: C901, PLR0911 -- a case for each rule
    """Whether mentor a and mentee b break a rule, word by word."""
    told_a, told_b = (cohort.confided.get(p.reference, Confided()) for p in (a, b))
    surely_two_employers = a.employer.known and b.employer.known and a.employer.key != b.employer.key
    levels = a.level is not None and b.level is not None
    wishes = {wish.rule for wish in cohort.rules.wishes}
    match rule:
        case Rule.NOT_ONESELF:
            return a.address == b.address
        case Rule.NOT_THE_LINE_MANAGER:
            return a.address in b.managers or b.address in a.managers
        case Rule.NOT_ONE_MANAGER:
            return bool(a.managers & b.managers)
        case Rule.NOT_REFUSED:
            return a.address in told_b.rather_not_with or b.address in told_a.rather_not_with
        case Rule.NOT_PARTNERS_BEFORE:
            return a.address in b.partners_before or b.address in a.partners_before
        case Rule.TOPIC_IN_COMMON:
            return not (told_a.any_topic or told_b.any_topic or told_a.topics & told_b.topics)
        case Rule.COVER:
            return (told_a.cover and len(told_b.topics) < 2 and not told_b.any_topic) or (
                told_b.cover and len(told_a.topics) < 2 and not told_a.any_topic
            )
        case Rule.NOT_SAME_TEAM:
            return a.team != "" and a.team == b.team and not surely_two_employers
        case Rule.DIFFERENT_ORGANISATION:
            return not surely_two_employers
        case Rule.SAME_ORGANISATION:
            return a.employer.key != b.employer.key or a.employer.key == ""
        case Rule.MENTEE_MORE_SENIOR:
            if rule in wishes and Rule.NOT_SAME_LEVEL in wishes:
                return levels and a.level > b.level  # type: ignore[operator]  # None is ruled out by levels
            return levels and a.level >= b.level  # type: ignore[operator]  # None is ruled out by levels
        case Rule.NOT_SAME_LEVEL:
            return levels and a.level == b.level
        case Rule.WAYS_OF_MEETING_FIT:
            return (a.way, b.way) in {(Way.IN_PERSON, Way.ONLINE), (Way.ONLINE, Way.IN_PERSON)}
        case Rule.SAME_PLACE_IN_PERSON:
            in_person = Way.IN_PERSON in {a.way, b.way}
            return in_person and b.place not in {"", a.place} and a.place != ""


def possible(cohort: Cohort) -> list[tuple[Person, Person]]:
    """Every two who could be a pair if there were no rules."""
    people = sorted(cohort.people, key=lambda person: person.reference)
    if cohort.rules.equals:
        return list(combinations(people, 2))
    return [(a, b) for a in people for b in people if (a.side, b.side) == (Side.MENTOR, Side.MENTEE)]


def two(a: Person, b: Person) -> Two:
    return Two(a.reference, b.reference)


def broken(cohort: Cohort, a: Person, b: Person) -> list[Rule]:
    return [rule for rule in cohort.rules.must if breaks(rule, cohort, a, b)]


def _same(pairs: Iterable[Two], equals: bool) -> set[Two]:
    return {Two(*sorted(pair)) for pair in pairs} if equals else set(pairs)


def allowed(cohort: Cohort) -> list[Two]:
    """The pairs that the rules and the team's decisions allow, and those that are kept."""
    kept, forbidden = (_same(pairs, cohort.rules.equals) for pairs in (cohort.kept, cohort.forbidden))
    return [
        two(a, b)
        for a, b in possible(cohort)
        if two(a, b) in kept or (two(a, b) not in forbidden and not broken(cohort, a, b))
    ]


def pair_worth(cohort: Cohort, seed: str) -> Callable[[Two], Worth]:
    """What a pair adds beside giving people somebody: wishes by weight, second partners, points, lot."""
    people = {person.reference: person for person in cohort.people}
    weights = sorted({wish.weight for wish in cohort.rules.wishes}, reverse=True)
    given = cohort.rules.points

    def worth(pair: Two) -> Worth:
        a, b = (people[reference] for reference in pair)
        result = []
        for weight in weights:
            count = sum(breaks(w.rule, cohort, a, b) for w in cohort.rules.wishes if w.weight == weight)
            result += [-(count > 0), -count]
        points = given.same_place if a.place and a.place == b.place else 0
        if a.level is not None and b.level is not None:
            above = b.level - a.level
            off = abs((abs(above) if cohort.rules.equals else above) - given.level_apart.ideal)
            points += max(0, given.level_apart.most - off * given.level_apart.each_step_off)
        topics = [cohort.confided.get(reference, Confided()).topics for reference in pair]
        points += given.topic_in_common * min(given.topics_counted, len(topics[0] & topics[1]))
        lot = hashlib.blake2b(f"{seed}|{pair.mentor}|{pair.mentee}".encode(), digest_size=5).hexdigest()
        return (*result, -2, points, int(lot, 16))

    return worth


def best(  # noqa: C901 -- one search, easier to trust in one piece
    cohort: Cohort,
    pairs: Iterable[Two],
    worth: Callable[[Two], Worth],
    somebody: Callable[[Person], Worth],
    most: Mapping[str, int] | None = None,
) -> tuple[Worth, frozenset[Two]]:
    """The best of all plans that can be made of the pairs with all that are kept in it.

    ``worth`` and ``somebody`` (what it is worth that a person has a partner) are added up place by place.
    """
    people = {person.reference: person for person in cohort.people}
    kept = _same(cohort.kept, cohort.rules.equals)
    order = sorted(people)
    at = {reference: place for place, reference in enumerate(order)}
    limit = [(most or {}).get(one, people[one].partners(cohort.rules)) for one in order]
    partners: dict[str, list[str]] = {reference: [] for reference in order}
    for pair in sorted(set(pairs) - kept):
        first, second = sorted(pair)
        partners[first].append(second)
    names = {frozenset(pair): pair for pair in pairs}
    zero = tuple(0 for _ in (*somebody(cohort.people[0]), *worth(next(iter(names.values()))))) if names else ()

    def value(first: str, chosen: Iterable[str], before: tuple[int, ...]) -> Worth:
        """What is added when somebody is given partners; before: how many everybody has by then."""
        total = list(zero)
        having = [one for one in (first, *chosen) if not before[at[one]]] if chosen else []
        for one in having:
            for place, add in enumerate(somebody(people[one])):
                total[place] += add
        start = len(somebody(people[first]))
        for other in chosen:
            for place, add in enumerate(worth(names[frozenset((first, other))])):
                total[start + place] += add
        return tuple(total)

    @cache
    def go(place: int, had: tuple[int, ...]) -> tuple[Worth, frozenset[Two]]:
        if place == len(order):
            return zero, frozenset()
        first = order[place]
        found: tuple[Worth, frozenset[Two]] | None = None
        can = [other for other in partners[first] if had[at[other]] < limit[at[other]]]
        for count in range(max(0, min(len(can), limit[place] - had[place])) + 1):
            for chosen in combinations(can, count):
                now = list(had)
                now[place] += count
                for other in chosen:
                    now[at[other]] += 1
                rest, plan = go(place + 1, tuple(now))
                total = tuple(map(sum, zip(value(first, chosen, had), rest, strict=True)))
                if found is None or total > found[0]:
                    found = total, plan | {names[frozenset((first, other))] for other in chosen}
        assert found is not None
        return found

    had = [0] * len(order)
    for pair in kept:
        for reference in pair:
            had[at[reference]] += 1
    drawn, plan = go(0, tuple(had))
    of_kept = list(zero)
    for reference in {reference for pair in kept for reference in pair}:
        for place, add in enumerate(somebody(people[reference])):
            of_kept[place] += add
    for pair in kept:
        for place, add in enumerate(worth(pair)):
            of_kept[len(of_kept) - len(worth(pair)) + place] += add
    return tuple(map(sum, zip(drawn, of_kept, strict=True))), plan | kept


def best_plan(
    cohort: Cohort, seed: str, *, without: Two | None = None, with_pair: Two | None = None
) -> tuple[Worth, frozenset[Two]]:
    """The best plan by all aims."""
    if with_pair is not None:
        cohort = replace(
            cohort,
            kept=frozenset(_same(cohort.kept, cohort.rules.equals)) | {with_pair},
            forbidden=frozenset(_same(cohort.forbidden, cohort.rules.equals)) - {with_pair},
        )
    if without is not None:
        cohort = replace(
            cohort,
            kept=frozenset(_same(cohort.kept, cohort.rules.equals)) - {without},
            forbidden=frozenset(_same(cohort.forbidden, cohort.rules.equals)) | {without},
        )
    waited = sorted({person.waited for person in cohort.people if person.waited}, reverse=True)

    def somebody(person: Person) -> Worth:
        return (1, *(int(person.waited == rounds) for rounds in waited))

    # -2 for a pair and 1 for each who has somebody: what is left of second partners once people are equally many.
    return best(cohort, allowed(cohort), pair_worth(cohort, seed), somebody)


def most_people(cohort: Cohort, pairs: Iterable[Two], most: Mapping[str, int] | None = None) -> int:
    """How many people can have a partner."""
    pairs = list(pairs)
    return best(cohort, pairs, lambda _: (0,), lambda _: (1,), most)[0][0] if pairs else 0
