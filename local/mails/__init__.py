"""Every kind of mail with sample values, to look through."""
