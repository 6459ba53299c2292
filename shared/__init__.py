"""The pipeline: what is true (domain), what others send (contracts), the order of work (services), and adapters."""
