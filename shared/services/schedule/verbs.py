"""Every command that administrators may type."""

from shared.services.applications.addresses import AddressService
from shared.services.applications.commands import ApplicationCommands
from shared.services.base.verbs import Verbs
from shared.services.form.commands import FormCommands
from shared.services.mail.commands import RetryParked
from shared.services.pairs.commands import PairCommands
from shared.services.pairs.evaluation_results import EvaluationResults
from shared.services.records.commands import RecordsCommands
from shared.services.schedule.foi_packs import FoiPacks
from shared.services.schedule.workbooks import Workbooks


def verbs(
    *,
    applications: ApplicationCommands,
    records: RecordsCommands,
    retry: RetryParked,
    pairs: PairCommands,
    addresses: AddressService,
    form: FormCommands,
    evaluation: EvaluationResults,
    workbooks: Workbooks,
    foi_packs: FoiPacks,
) -> Verbs:
    """Returns every command, in the order in which people are told of them."""
    return (
        *applications.changing(),
        records.erasing(),
        retry.verb(),
        *applications.accepting(),
        *pairs.verbs(),
        addresses.verb(),
        *form.held(),
        *records.keeping(),
        form.figures(),
        evaluation.verb(),
        workbooks.verb(),
        *foi_packs.verbs(),
    )
