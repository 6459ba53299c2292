"""``python -m local.assets``: build what the pages' stylesheet, script and icons are into ``shared/assets``.

The result is committed, so that a deployment needs no npm; a test compares it with a fresh build.
"""

import json
import re
from pathlib import Path

from local.package.contents import ROOT

_OURS = Path(__file__).parent
_THEIRS = ROOT / "local" / "node_modules" / "nhsuk-frontend"
_TO = ROOT / "shared" / "assets"
# The typeface belongs to the NHS and is fetched from nhs.uk: pages load nothing from elsewhere, and fall back to Arial.
_TYPEFACE = re.compile(r"@font-face\{[^}]*\}")
_SOURCE_MAP = re.compile(r"/\*# sourceMappingURL=[^*]*\*/|//# sourceMappingURL=.*")
_ICON = re.compile(r"url\(/assets/images/([a-z-]+\.svg)\)")


def build() -> dict[str, bytes]:
    """Every file of ``shared/assets`` by name. Needs ``npm ci`` in ``local/``."""
    theirs = _THEIRS / "dist" / "nhsuk"
    style = _TYPEFACE.sub("", (theirs / "nhsuk-frontend.min.css").read_text(encoding="utf-8"))
    icons = sorted(set(_ICON.findall(style)))
    style = _SOURCE_MAP.sub("", _ICON.sub(r"url(\1)", style)).strip()
    script = _SOURCE_MAP.sub("", (theirs / "nhsuk-frontend.min.js").read_text(encoding="utf-8")).strip()
    version = json.loads((_THEIRS / "package.json").read_text(encoding="utf-8"))["version"]
    origin = f"/* NHS.UK frontend {version}, MIT licence, Copyright NHS England; then ours. Built by local/assets. */"
    built = {
        "site.css": "\n".join((origin, style, (_OURS / "site.css").read_text(encoding="utf-8"))),
        "site.js": "\n".join((origin, script, (_OURS / "site.js").read_text(encoding="utf-8"))),
    }
    files = {name: text.encode() for name, text in built.items()}
    files |= {name: (theirs / "assets" / "images" / name).read_bytes() for name in icons}
    files["icon-nhs.svg"] = (theirs / "assets" / "images" / "favicon.svg").read_bytes()
    files["icon-plain.svg"] = (_OURS / "icon-plain.svg").read_bytes()
    return files


def main() -> None:
    """Write the files, and nothing else into the folder."""
    files = build()
    _TO.mkdir(exist_ok=True)
    for path in _TO.iterdir():
        if path.is_file() and path.name not in files:
            path.unlink()
    for name, content in files.items():
        (_TO / name).write_bytes(content)
        print(f"{name:36}{len(content):10,} bytes")


if __name__ == "__main__":
    main()
