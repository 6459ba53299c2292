"""infra/secrets.sh makes what is missing and never touches what is there. Azure's command is a folder of files here."""

import os
import subprocess
from pathlib import Path

import pytest
from standardwebhooks import Webhook

from tests.infra.plan import INFRA

_AZ = """#!/usr/bin/env bash
set -euo pipefail
vault="$FAKE_VAULT"
command="$3"; shift 3
while [ $# -gt 0 ]; do
  case $1 in --name) name=$2 ;; --file) file=$2 ;; esac
  shift
done
case $command in
  list) [ -d "$vault" ] ;;
  show) [ -e "$vault/$name" ] && echo "id of $name" ;;
  show-deleted) [ -e "$vault/deleted-$name" ] && echo "id of $name" ;;
  set) cp "$file" "$vault/$name" ;;
esac
"""


@pytest.fixture
def vault(tmp_path: Path) -> Path:
    (tmp_path / "az").write_text(_AZ, encoding="utf-8")
    (tmp_path / "az").chmod(0o755)
    (tmp_path / "vault").mkdir()
    return tmp_path / "vault"


def run(vault: Path, *providers: str) -> subprocess.CompletedProcess[str]:
    environment = {
        **os.environ,
        "PATH": f"{vault.parent}:{os.environ['PATH']}",
        "FAKE_VAULT": str(vault),
        "TMPDIR": str(vault.parent),
    }
    return subprocess.run(
        ["bash", str(INFRA / "secrets.sh"), "kv-prod", *providers],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def made(vault: Path) -> dict[str, str]:
    return {path.name: path.read_text(encoding="utf-8") for path in vault.iterdir()}


def test_what_is_missing_is_made_and_not_printed(vault: Path) -> None:
    done = run(vault, "standard", "msforms")

    assert done.returncode == 0, done.stderr
    secrets = made(vault)
    assert set(secrets) == {"token-key", "webhook-standard", "webhook-msforms"}
    assert all(len(value) >= 44 and len(value.split()) == 1 for value in secrets.values())
    assert len(set(secrets.values())) == 3
    assert not [value for value in secrets.values() if value in done.stdout + done.stderr]
    assert all(value.isalnum() for name, value in secrets.items() if name != "webhook-standard")  # also in an address
    Webhook(secrets["webhook-standard"])  # raises if it is no secret of that kind
    assert sorted(path.name for path in vault.parent.iterdir()) == ["az", "vault"]  # no file is left behind


def test_what_is_there_stays_as_it_is(vault: Path) -> None:
    (vault / "token-key").write_text("the key of every link that has gone out", encoding="utf-8")

    done = run(vault, "msforms")

    assert "token-key: is there already" in done.stdout
    assert made(vault)["token-key"] == "the key of every link that has gone out"


def test_a_deleted_key_is_brought_back_and_not_made_again(vault: Path) -> None:
    (vault / "deleted-token-key").touch()

    done = run(vault)

    assert done.returncode == 1
    assert "az keyvault secret recover --vault-name kv-prod --name token-key" in done.stderr
    assert set(made(vault)) == {"deleted-token-key"}


def test_a_vault_that_cannot_be_opened_is_not_an_empty_one(vault: Path) -> None:
    vault.rmdir()

    assert run(vault, "msforms").returncode != 0


def test_a_word_that_is_no_provider_is_refused(vault: Path) -> None:
    done = run(vault, "ms forms")

    assert done.returncode == 2
    assert "is no form provider's name" in done.stderr
