"""Who is paired with whom: the rules of a programme, the exact plan, and true reasons for it.

What people told in confidence is a type of its own (``people.Confided``); what is said of it is too
(``reasons.Matchers``). Nothing here decides: a person does, who reads the plan and its reasons.
"""
