"""In which order people read the columns of a table: what they type and look for first, what the app needs last."""

FIRST = (
    *("PartitionKey", "RowKey", "Status", "NextStep", "Kind", "Reference", "FullName", "Role", "Title", "LocalTime"),
    *("Email", "Organisation", "ManagerName", "ManagerEmail", "SessionsChosen", "Flags", "SubmittedAt"),
)
TECHNICAL = frozenset(
    {"Content", "ContentDigest", "Edits", "FlagsList", "OpId", "OwnLink", "Problems", "Requests", "SubmittedAtKnown"}
)
