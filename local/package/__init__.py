"""The zip that is deployed: made of what is pinned and nothing else, byte for byte the same from the same input.

With a remote build what runs would nowhere be tested as a whole; here a whole cohort is played out of the unpacked zip.
"""
