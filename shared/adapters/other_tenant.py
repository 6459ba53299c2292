"""Proving who the app is in another tenant than its own: that of the mailbox.

A managed identity counts in its own tenant only. Another one lets in an application, which is either registered here,
for several tenants, and trusts the managed identity (a federated credential: no secret anywhere), or registered there
and trusts a certificate that lies in the vault. A registration there that trusts an identity here is refused:
AADSTS700236, "tokens issued by issuer ... may not be used for federated identity credential flows".
"""

import base64
from typing import Any

from shared.errors import TemporaryFailure

_EXCHANGE = "api://AzureADTokenExchange/.default"
_PEM = "-----BEGIN"


class FederatedIdentity:
    """A credential of our own tenant's registration, which trusts our managed identity. Of azure-core's protocol."""

    def __init__(self, identity: Any, tenant: str, client_id: str) -> None:  # noqa: ANN401 -- azure-core's protocol
        from azure.identity.aio import ClientAssertionCredential

        self._identity = identity
        self._assertion = ""
        self._registration = ClientAssertionCredential(tenant, client_id, lambda: self._assertion)

    async def get_token(self, *scopes: str, **options: Any) -> Any:  # noqa: ANN401 -- azure-core's protocol
        """The token for the mailbox's tenant. Both tokens are kept by azure-identity until they are nearly over."""
        # Before, because the library asks for the assertion without waiting.
        self._assertion = (await self._identity.get_token(_EXCHANGE)).token
        return await self._registration.get_token(*scopes, **options)

    async def close(self) -> None:
        """Close both."""
        await self._registration.close()
        await self._identity.close()


def certificate_credential(tenant: str, client_id: str, certificate: str) -> Any:  # noqa: ANN401 -- the same
    """A credential of an app registration that trusts a certificate: PEM, or PKCS #12 in base64 as the vault gives it.

    Raises TemporaryFailure if it cannot be used: mail waits until it is put right.
    """
    from azure.identity.aio import CertificateCredential

    try:
        data = certificate.encode() if certificate.lstrip().startswith(_PEM) else base64.b64decode(certificate)
        return CertificateCredential(tenant, client_id, certificate_data=data)
    except ValueError:  # not passed on: it could quote what it read
        raise TemporaryFailure("GRAPH_CERTIFICATE is no certificate with its private key") from None
