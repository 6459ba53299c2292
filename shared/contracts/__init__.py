"""What others send: one file per form provider turns its webhook into a ``Submission``. It judges no answer.

To add a provider, write a class that fits ``provider.Provider`` and enter it in ``registry``.
"""
