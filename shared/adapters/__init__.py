"""The only code that knows Azure Storage or Microsoft Graph. Azure's words stop here."""
