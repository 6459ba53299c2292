"""A week of very many applications on a virtual clock: the real services, and stand-ins that count and take time."""
