"""``python -m local.flow``: makes the package of the Power Automate flow for one programme's form.

The package is what Power Automate calls "Import package (legacy)": the files of ``docs/forms/microsoft-forms-flow`` in
a zip, with the form's id and the address put in. The secret is not: it is typed in the flow's editor after the import.
"""

import argparse
import sys
import zipfile
from collections.abc import Sequence
from pathlib import Path

from local.settings import ROOT, local_folder
from shared.programmes import shipped
from shared.proofread import load_programme

FILES = ROOT / "docs" / "forms" / "microsoft-forms-flow"


def package(*, address: str, form_id: str) -> dict[str, str]:
    """The package's files by name, for a form and the address its responses go to."""
    return {
        path.relative_to(FILES).as_posix(): path.read_text(encoding="utf-8")
        .replace("WEBHOOK-ADDRESS", address)
        .replace("FORM-ID", form_id)
        for path in sorted(FILES.rglob("*.json"))
    }


def main(arguments: Sequence[str]) -> int:
    """Write the zip, and say what to do with it."""
    parser = argparse.ArgumentParser(prog="python -m local.flow", description=__doc__)
    parser.add_argument("--programme", required=True, help="id of a programme file that names its Microsoft form")
    parser.add_argument("--base-url", required=True, help="the app's PUBLIC_BASE_URL")
    parser.add_argument("--to", type=Path, help="the zip to write; in .local without it")
    given = parser.parse_args(arguments)
    programmes = {path.stem: path for path in shipped()}
    if given.programme not in programmes:
        return _refused(f"there is no programme '{given.programme}'; there are: {', '.join(sorted(programmes))}")
    form_id = load_programme(programmes[given.programme]).form_ids.get("msforms")
    if not form_id:
        return _refused("the programme file gives no form id for 'msforms' (section 'form', 'ids')")
    to: Path = given.to or local_folder() / f"microsoft-forms-flow-{given.programme}.zip"
    to.parent.mkdir(parents=True, exist_ok=True)
    address = f"{given.base_url.rstrip('/')}/webhooks/msforms/{given.programme}"
    with zipfile.ZipFile(to, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in package(address=address, form_id=form_id).items():
            archive.writestr(name, text)
    print(f"{to} is made. Import it at make.powerautomate.com: My flows, Import, Import Package (Legacy).")
    print("Then edit the flow and type the secret into the last step, in place of SECRET.")
    return 0


def _refused(why: str) -> int:
    print(why, file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
