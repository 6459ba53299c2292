"""A dress rehearsal: a programme's whole year with invented people, the real services, and a clock that jumps."""
