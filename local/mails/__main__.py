"""``make mails``: writes the page with every kind of mail, says where it is, and how hard each is to read."""

from local.mails.gallery import page
from local.mails.reading import report
from local.settings import local_folder


def main() -> None:
    """Write the page next to the local platform's data."""
    folder = local_folder()
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "mails.html"
    file.write_text(page(), encoding="utf-8")
    print(report())
    print(f"Every mail, to look through: {file.resolve().as_uri()}")


if __name__ == "__main__":
    main()
