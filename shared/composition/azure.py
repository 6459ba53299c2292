"""What is outside in Azure, and on a laptop: the same adapters, told apart by settings alone."""

from pathlib import Path
from typing import Any

from shared.adapters.bodies import BodyContainer
from shared.adapters.exports import BlobExports
from shared.adapters.extracts import RawTables
from shared.adapters.graph import GraphCalendar, GraphConnection, GraphMailbox, StaticToken
from shared.adapters.graph_inbox import GraphInbox
from shared.adapters.locks import BlobLocks
from shared.adapters.metrics import OpenTelemetryMetrics
from shared.adapters.other_tenant import FederatedIdentity, certificate_credential
from shared.adapters.programmes import ShippedProgrammes
from shared.adapters.reports import BlobReports
from shared.adapters.storage import StorageAccount
from shared.adapters.tombstones import BlobTombstones
from shared.adapters.wakeups import QueueWakeups
from shared.composition.outside import Outside
from shared.log import quiet_libraries
from shared.ports import (
    Clock,
)
from shared.programmes import in_folder, shipped
from shared.settings import Settings
from shared.stores.names import ContainerName, QueueName


def outside_in_azure(settings: Settings, clock: Clock) -> Outside:
    """What is outside in Azure, and on a laptop: the same adapters, told apart by settings alone."""
    quiet_libraries()  # commands come here without a function
    account = StorageAccount(settings.storage, lambda: _identity(settings, settings.storage.client_id))
    connection = GraphConnection(str(settings.graph_base_url).rstrip("/"), lambda: _graph_credential(settings))
    folder = Path(settings.programmes_folder) if settings.programmes_folder else None
    return Outside(
        table=account.table,
        bodies=BodyContainer(account.container(ContainerName.SUBMISSIONS)),
        wakeups=QueueWakeups(
            account.queue(QueueName.SUBMISSIONS), account.queue(QueueName.MAILBOXES), account.queue(QueueName.PAIRS)
        ),
        locks=BlobLocks(account.container(ContainerName.LOCKS)),
        mailbox=lambda address: GraphMailbox(connection, address, reply_to=settings.reply_to or ""),
        calendar=lambda address: GraphCalendar(connection, address),
        inbox=lambda address: GraphInbox(connection, address),
        clock=clock,
        files=ShippedProgrammes(in_folder(folder) if folder else shipped()),
        metrics=OpenTelemetryMetrics(),
        extracts=RawTables(account.raw_table),
        exports=BlobExports(account.container(ContainerName.EXPORTS)),
        reports=BlobReports(account.container(ContainerName.REPORTS)),
        access=BlobReports(account.container(ContainerName.ACCESS)),
        tombstones=BlobTombstones(account.container(ContainerName.EXPORTS)),
        close=account.close,
    )


def _identity(settings: Settings, client_id: str | None) -> Any:  # noqa: ANN401 -- imported only where it is needed
    """The app's managed identity in Azure; on anybody's own machine, for commands, who signed in with ``az login``."""
    if settings.storage.credential != "managedidentity":
        from azure.identity.aio import AzureCliCredential

        return AzureCliCredential()
    from azure.identity.aio import ManagedIdentityCredential

    return ManagedIdentityCredential(client_id=client_id) if client_id else ManagedIdentityCredential()


def _graph_credential(settings: Settings) -> Any:  # noqa: ANN401 -- imported only where there is a managed identity
    if settings.graph_static_token is not None:
        return StaticToken(settings.graph_static_token.get_secret_value())
    tenant, client_id = settings.graph_tenant_id, settings.graph_client_id
    if not tenant or not client_id:
        return _identity(settings, client_id or settings.storage.client_id)
    if settings.graph_certificate is not None:
        return certificate_credential(tenant, client_id, settings.graph_certificate.get_secret_value())
    return FederatedIdentity(_identity(settings, settings.storage.client_id), tenant, client_id)
