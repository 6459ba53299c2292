"""Sends one application to the running platform, signed as a form provider signs it. All people are made up."""

import argparse
import json
import sys
import uuid
from datetime import UTC, datetime

import httpx
from standardwebhooks import Webhook

from local.clock import MovableClock, clock_file
from local.settings import UnusablePorts, app_settings, local_folder, ports

_PROGRAMME = "llr-rmi-2026-c7"


def main() -> int:
    """Send it, and say what came back."""
    parser = argparse.ArgumentParser(prog="python -m local.apply", description=__doc__)
    parser.add_argument("--role", choices=("mentor", "mentee"), default="mentor")
    parser.add_argument("--name", default="Amara Okafor")
    parser.add_argument("--email", default="amara.okafor@example.nhs.uk")
    parser.add_argument("--manager-name", default="Priya Shah")
    parser.add_argument("--manager-email", default="priya.shah@example.nhs.uk")
    parser.add_argument("--area", choices=("llr", "northamptonshire", "elsewhere"), default="llr")
    parser.add_argument("--sector", default="nhs")
    parser.add_argument("--no-session", action="store_true", help="leave the training date open")
    given = parser.parse_args()
    try:
        at = ports()
    except UnusablePorts as exc:
        print(exc, file=sys.stderr)
        return 1
    response = uuid.uuid4().hex
    answers = {
        "full_name": given.name,
        "email": given.email,
        "role": given.role,
        "job_title": "Staff nurse" if given.role == "mentor" else "Director of Operations",
        "band": "5" if given.role == "mentor" else "9",
        "organisation": "Example Partnership NHS Trust",
        "sector": given.sector,
        "area": given.area,
        "manager_name": given.manager_name,
        "manager_email": given.manager_email,
        "manager_agreed": True,
        "topics": ["race", "disability"],
        "about_you": "I would like to share what I have seen.",
        "access_needs": "",
        "previous_participant": False,
        "commitment": ["training", "meetings", "principles"],
        "consent": True,
    }
    if not given.no_session:
        answers["training_session"] = f"{given.role}-training-1"
    now = MovableClock(clock_file(local_folder())).now()
    submission = {
        "form_id": _PROGRAMME,
        "response_id": response,
        "submitted_at": now.isoformat(),
        "answers": answers,
    }
    body, moment = json.dumps(submission), datetime.now(UTC)
    secret = app_settings(at)["WEBHOOK_SECRETS__STANDARD"]
    headers = {
        "content-type": "application/json",
        "webhook-id": f"msg_{response}",
        "webhook-timestamp": str(int(moment.timestamp())),
        "webhook-signature": Webhook(secret).sign(f"msg_{response}", moment, body),
    }
    url = f"http://127.0.0.1:{at.host}/webhooks/standard/{_PROGRAMME}"
    try:
        answer = httpx.post(url, content=body, headers=headers, timeout=20, trust_env=False)
    except httpx.HTTPError:
        print(
            f"Nothing answers on port {at.host}. Start the platform with 'make run' first. If you gave it other ports "
            "or another LOCAL_DIR, set the same here: HOST_PORT=... .venv/bin/python -m local.apply",
            file=sys.stderr,
        )
        return 1
    print(f"{answer.status_code} {answer.text}")
    print(f"The mails are in the inbox: http://127.0.0.1:{at.inbox}/")
    return 0 if answer.is_success else 1


if __name__ == "__main__":
    sys.exit(main())
