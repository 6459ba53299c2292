"""``python -m local.mails``: writes the page with every kind of mail, and says where it is."""

from local.mails.gallery import page
from local.settings import local_folder


def main() -> None:
    """Write the page next to the local platform's data."""
    folder = local_folder()
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "mails.html"
    file.write_text(page(), encoding="utf-8")
    print(f"Every mail, to look through: {file.resolve().as_uri()}")


if __name__ == "__main__":
    main()
