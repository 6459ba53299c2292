"""How long what is held. The periods are ours to justify (UK GDPR, storage limitation): agree them before going live."""

from datetime import timedelta

EXPORTS_ARE_KEPT = timedelta(days=35)
