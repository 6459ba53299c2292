"""Imports point inwards only, and what must not be written is not written anywhere."""

import pytest

from tests.architecture.layers import LAYERS, ROOT, files, violations


def test_no_file_breaks_a_rule() -> None:
    broken = [
        one
        for path in files()
        for one in violations(path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8"))
    ]

    assert not broken, "\n".join(broken)


def test_every_layer_has_files() -> None:
    known = {path.relative_to(ROOT).as_posix() for path in files()}

    assert not [start for start in LAYERS if not any(path.startswith(start) for path in known)]


PLANTED = [
    # who may import whom
    ("shared/domain/x.py", "from shared.ports import Clock", "may not import shared.ports.Clock"),
    (
        "shared/domain/x.py",
        "import shared.services.applications.intake",
        "may not import shared.services.applications.intake",
    ),
    ("shared/domain/x.py", "from shared import bootstrap", "may not import shared.bootstrap"),
    ("shared/domain/x.py", "import httpx", "may not import httpx"),
    ("shared/domain/x.py", "def f():\n    from azure.core import x", "may not import azure.core.x"),
    ("shared/contracts/x.py", "from shared.ports import Body", "may not import shared.ports.Body"),
    ("shared/contracts/x.py", "from shared.adapters.table import Row", "may not import shared.adapters.table.Row"),
    ("shared/services/mail/x.py", "from shared.adapters.table import AzureTable", "may not import shared.adapters"),
    ("shared/services/mail/x.py", "from shared.settings import Settings", "may not import shared.settings"),
    ("shared/services/mail/x.py", "from azure.core import exceptions", "may not import azure.core.exceptions"),
    (
        "shared/adapters/x.py",
        "from shared.services.schedule.tick import Tick",
        "may not import shared.services.schedule.tick.Tick",
    ),
    ("shared/adapters/x.py", "from shared.proofread import load_programme", "may not import shared.proofread"),
    ("shared/adapters/x.py", "from shared.contracts import mapping", "may not import shared.contracts.mapping"),
    ("shared/ports.py", "from shared.services.schedule import tick", "may not import shared.services.schedule.tick"),
    ("shared/errors.py", "from shared.domain import text", "may not import shared.domain.text"),
    ("shared/proofread/x.py", "from shared.adapters import table", "may not import shared.adapters.table"),
    ("functions/x.py", "from shared.adapters.table import AzureTable", "may not import shared.adapters.table"),
    ("functions/x.py", "from shared.settings import read_settings", "may not import shared.settings"),
    ("functions/x.py", "from azure.data.tables import TableClient", "may not import azure.data.tables"),
    ("function_app.py", "from shared import bootstrap", "may not import shared.bootstrap"),
    ("functions/x.py", "import local.clock", "may not import local.clock"),
    ("shared/bootstrap.py", "def f():\n    from local import clock", "may not import local.clock"),
    ("shared/bootstrap.py", "from tests.world import World", "may not import tests.world.World"),
    ("shared/bootstrap.py", "from functions import pages", "may not import functions.pages"),
    ("shared/services/mail/x.py", "from . import tick", "relative import"),
    ("shared/services/mail/x.py", "import importlib\nimportlib.import_module('local')", "import by name"),
    ("shared/services/mail/x.py", "__import__('tests')", "import by name"),
    ("shared/novel/x.py", "", "no layer is known"),
    ("shared/services/x.py", "", "no layer is known"),
    # rooms: down only
    ("shared/services/base/x.py", "from shared.services.form import views", "may not import shared.services.form"),
    ("shared/services/form/x.py", "import shared.services.applications.writer", "may not import shared.services"),
    ("shared/services/applications/x.py", "from shared.services.records import erasure", "may not import"),
    ("shared/services/pairs/x.py", "from shared.services.mail import composing", "may not import shared.services.mail"),
    ("shared/services/records/x.py", "from shared.services.schedule import closing", "may not import"),
    ("shared/services/mail/x.py", "def f():\n    from shared.services.schedule import tick", "may not import"),
    ("shared/stores/x.py", "from shared.adapters.table import AzureTable", "may not import shared.adapters.table"),
    ("shared/stores/x.py", "from azure.data.tables import TableClient", "may not import azure.data.tables"),
    # what costs a second at start
    ("shared/adapters/x.py", "from msgraph import GraphServiceClient", "when the module is loaded"),
    ("shared/adapters/x.py", "import kiota_abstractions.api_error", "when the module is loaded"),
    (
        "shared/adapters/x.py",
        "try:\n    import azure.identity.aio\nexcept ImportError: pass",
        "when the module is loaded",
    ),
    ("shared/adapters/x.py", "class A:\n    from azure.identity import B", "when the module is loaded"),
    ("shared/adapters/x.py", "from azure import identity", "when the module is loaded"),
    # filters
    ("shared/adapters/x.py", "t.query_entities(f'Name eq {x}')", "a filter is put together"),
    ("local/x.py", "t.query_entities('Name eq %s' % x)", "a filter is put together"),
    ("shared/adapters/x.py", "t.query_entities('Name eq {}'.format(x))", "a filter is put together"),
    ("shared/adapters/x.py", "t.query_entities(query_filter='Name eq ' + x)", "a filter is put together"),
    ("shared/adapters/x.py", "q = f'{column} eq @a'\nt.query_entities(q)", "a filter is put together"),
    ("shared/adapters/x.py", "c.find_blobs_by_tags(f\"Tag='{x}'\")", "a filter is put together"),
    ("local/x.py", "wanted = f\"Status eq '{x}'\"", "looks like a filter"),
    ("functions/x.py", "wanted = \"A eq 'b' and RowKey lt '%s'\" % x", "looks like a filter"),
    ("functions/x.py", 'wanted = "PartitionKey ne \'" + x + "\'"', "looks like a filter"),
    # the environment and the clock
    ("shared/services/mail/x.py", "import os\nos.environ['A']", "reads the environment"),
    ("functions/x.py", "import os\nos.getenv('A')", "reads the environment"),
    ("shared/adapters/x.py", "from os import environ", "reads the environment"),
    ("shared/services/mail/x.py", "from datetime import datetime\ndatetime.now()", "no time zone"),
    ("functions/x.py", "import datetime\ndatetime.datetime.utcnow()", "no time zone"),
    ("shared/domain/x.py", "from datetime import date\ndate.today()", "no time zone"),
    ("shared/domain/x.py", "from datetime import datetime\ndatetime.fromtimestamp(1)", "no time zone"),
]


@pytest.mark.parametrize(("path", "source", "what"), PLANTED)
def test_a_planted_violation_is_found(path: str, source: str, what: str) -> None:
    found = violations(path, source)

    assert any(what in one for one in found), found


ALLOWED = [
    ("shared/domain/x.py", "import re\nfrom pydantic import BaseModel\nfrom shared.domain.text import clean"),
    ("shared/contracts/x.py", "from shared.domain.programme import Role\nfrom shared.errors import RejectedRequest"),
    ("shared/services/mail/x.py", "from shared.ports import Clock\nfrom shared.contracts.registry import provider"),
    ("shared/adapters/x.py", "from azure.data.tables import UpdateMode\nfrom shared.settings import Storage"),
    ("shared/adapters/programmes.py", "from shared.proofread import load_programme"),
    ("shared/adapters/x.py", "def f():\n    from msgraph import GraphServiceClient"),
    ("shared/adapters/x.py", "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from msgraph import X"),
    ("shared/adapters/x.py", "t.query_entities('Name eq @a', parameters={'a': x})"),
    ("shared/adapters/x.py", "raise ValueError(f'{name} is no time')"),
    ("shared/settings.py", "import os\nos.environ['A']"),
    ("local/x.py", "import os\nos.environ['A']\nfrom shared.adapters import table"),
    ("shared/adapters/x.py", "from datetime import UTC, datetime\ndatetime.now(UTC)\ndatetime.now(tz=UTC)"),
    ("functions/x.py", "from shared.stores.names import QueueName\nfrom shared import bootstrap"),
]


@pytest.mark.parametrize(("path", "source"), ALLOWED)
def test_what_is_allowed_is_not_reported(path: str, source: str) -> None:
    assert violations(path, source) == []
