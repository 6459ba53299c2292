"""What can go wrong on the way in from a form provider: each hazard tried with each provider, or the reason why not.

``make hazards`` runs these and prints the table. A test says ``@hazard(10)`` and gets each provider's name in turn.
"""
