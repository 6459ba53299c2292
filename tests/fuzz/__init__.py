"""Bad input, made up by the thousand: every route of the app and every reader of a form provider's body.

``make fuzz`` tries 20,000 cases and more, other ones each time; ``make test`` the same few hundred every time.
"""
