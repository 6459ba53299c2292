"""``python -m local.row Commands Command="draw pairs"``: types cells into a table of ``make run``.

That is what the team does in the Azure portal: a row that is there keeps its other cells, one that is not is added.
Without ``PartitionKey`` it is the shipped programme's, without ``RowKey`` a new one.
"""

import sys
import uuid
from collections.abc import Sequence

from azure.core.exceptions import AzureError
from azure.data.tables import TableServiceClient, UpdateMode

from local.settings import UnusablePorts, connection_string, ports
from shared.programmes import shipped
from shared.stores.names import TableName

_HOW = 'Say which table and cells, such as: python -m local.row Commands Command="draw pairs"'


def main(arguments: Sequence[str]) -> str:
    """Type the cells. Returns what is wrong, '' if they are written."""
    table, *typed = arguments or [""]
    cells = dict(cell.split("=", 1) for cell in typed if "=" in cell)
    if len(cells) < len(typed) or not cells:
        return _HOW
    if table not in set(TableName):
        return f"There is no table '{table}'. There are: {', '.join(TableName)}."
    row = {"PartitionKey": shipped()[0].stem, "RowKey": f"typed-{uuid.uuid4().hex[:8]}", **cells}
    try:
        at = ports()
        with TableServiceClient.from_connection_string(connection_string(at), retry_total=0) as tables:
            tables.get_table_client(table).upsert_entity(row, mode=UpdateMode.MERGE)
    except UnusablePorts as exc:
        return str(exc)
    except AzureError:
        return f"Storage does not answer on port {at.table}. Start the platform with 'make run' first."
    print(f"Row '{row['RowKey']}' of {table} is written. The app reads it at the next tick.")
    return ""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]) or None)
