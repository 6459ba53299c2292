"""One file a table: rows to values and back, on the port ``Table``. Nothing of Azure."""
