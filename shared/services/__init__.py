"""The order of work: use cases written against ports. What is true is decided in the domain."""
