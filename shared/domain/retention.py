"""How long what is held. The periods are ours to justify (UK GDPR, storage limitation): agree them at the start."""

from datetime import timedelta

EXPORTS_ARE_KEPT = timedelta(days=35)
