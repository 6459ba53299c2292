"""A local stand-in for Microsoft Graph: the mail and the calendar of a few mailboxes; never deployed."""
