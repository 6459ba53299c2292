"""What we ship for providers that need something put in between: the Power Automate flow and the Google script."""

import asyncio
import json
import re
import subprocess
import zipfile
from pathlib import Path
from typing import Any

import pytest

from local import flow
from shared.contracts.registry import provider
from tests.factories import told
from tests.senders import ALL, filled_in
from tests.senders.form import with_every_form
from tests.unit.contracts.builders import payload
from tests.world import PROGRAMME, World, answers

ADDRESS = f"https://mentoring.example.nhs.uk/webhooks/msforms/{PROGRAMME}"
SCRIPT = Path(__file__).parents[3] / "docs" / "forms" / "google.gs"
PAGE = SCRIPT.with_name("google-forms.md")


def files() -> dict[str, Any]:
    made = flow.package(address=ADDRESS, form_id=ALL["msforms"].form_id)
    return {name: json.loads(text) for name, text in made.items()}


def actions() -> dict[str, Any]:
    (definition,) = (value for name, value in files().items() if name.endswith("/definition.json"))
    found: dict[str, Any] = definition["properties"]["definition"]["actions"]
    return found


def evaluated(value: Any, outputs: dict[str, Any]) -> Any:
    """A workflow expression as Power Automate works it out, as far as the flow uses them."""
    if isinstance(value, dict):
        return {name: evaluated(one, outputs) for name, one in value.items()}
    return outputs[value] if isinstance(value, str) and value.startswith("@") else value


def test_what_the_flow_sends_is_the_application_that_the_person_filled_in() -> None:
    details = json.loads(payload("msforms/get_response_details.json"))["response"]
    outputs = {"@body('Get_response_details')": details, "@triggerOutputs()?['body/resourceData/responseId']": 27}
    sent = evaluated(actions()["Send_to_the_mentoring_programme"]["inputs"]["body"], outputs)
    known = provider("msforms")
    assert known is not None

    submission = known.parse(json.dumps(sent).encode(), with_every_form())

    assert submission == known.parse(payload("msforms/get_response_details.json"), with_every_form())
    assert submission.response_id == "27"
    assert len(submission.answers) > 15


def test_the_flow_keeps_answers_and_secret_out_of_its_history_and_tries_for_hours() -> None:
    step = actions()["Send_to_the_mentoring_programme"]

    assert step["inputs"]["uri"] == ADDRESS
    assert step["inputs"]["headers"]["x-webhook-secret"] == "SECRET"
    assert step["inputs"]["retryPolicy"]["count"] >= 10
    assert "transferMode" not in json.dumps(step), "a chunked body would be large and slow for nothing"
    for action in actions().values():
        assert action["runtimeConfiguration"]["secureData"]["properties"] == ["inputs", "outputs"]


def test_the_parts_of_the_package_name_each_other() -> None:
    made = files()
    resources = made["manifest.json"]["resources"]
    (flow_id,) = made["Microsoft.Flow/flows/manifest.json"]["flowAssets"]["assetPaths"]
    api = made[f"Microsoft.Flow/flows/{flow_id}/apisMap.json"]["shared_microsoftforms"]
    connection = made[f"Microsoft.Flow/flows/{flow_id}/connectionsMap.json"]["shared_microsoftforms"]
    definition = made[f"Microsoft.Flow/flows/{flow_id}/definition.json"]

    assert set(resources) == {flow_id, api, connection}
    assert set(resources[flow_id]["dependsOn"]) == {api, connection}
    assert resources[connection]["dependsOn"] == [api]
    assert definition["name"] == flow_id
    used = {action["inputs"]["host"]["connectionName"] for action in actions().values() if "host" in action["inputs"]}
    assert used == set(definition["properties"]["connectionReferences"]) == {"shared_microsoftforms"}


def test_the_command_makes_a_zip_for_a_programme(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    to = tmp_path / "flow.zip"
    base = ["--base-url", "https://mentoring.example.nhs.uk/", "--to", str(to)]

    assert flow.main(["--programme", PROGRAMME, *base]) == 0
    assert flow.main(["--programme", "no-such", *base]) == 1

    with zipfile.ZipFile(to) as archive:
        assert sorted(archive.namelist()) == sorted(files())
        text = " ".join(archive.read(name).decode() for name in archive.namelist())
    assert ADDRESS in text
    assert not re.search(r"FORM-ID|WEBHOOK-ADDRESS", text)
    assert f"there is no programme 'no-such'; there are: {PROGRAMME}" in capsys.readouterr().err


RUN = """
const sent = [];
let statuses = STATUSES;
const property = { WEBHOOK_ADDRESS: 'https://example.org/webhooks/google/p', WEBHOOK_SECRET: 'a-secret' };
var PropertiesService = { getScriptProperties: () => ({ getProperty: (name) => property[name] }) };
var Utilities = { sleep: () => {} };
var UrlFetchApp = { fetch: (address, request) => {
  sent.push({ address, ...request });
  const status = statuses.length > 1 ? statuses.shift() : statuses[0];
  if (status === 0) { throw new Error('Address unavailable'); }
  return { getResponseCode: () => status };
} };
const items = ITEMS.map((one) => ({
  getItem: () => ({ getId: () => one.id, getTitle: () => one.title, getType: () => one.type }),
  getResponse: () => one.value,
}));
const response = {
  getId: () => '2_abc', getTimestamp: () => new Date('2026-02-10T09:15:00Z'), getItemResponses: () => items,
};
const form = {
  getPublishedUrl: () => 'https://docs.google.com/forms/d/e/FORM/viewform', getTitle: () => 'Apply',
  getResponses: () => [response],
};
var FormApp = { getActiveForm: () => form };
let failed = '';
try { CALL } catch (error) { failed = error.message; }
console.log(JSON.stringify({ sent, failed }));
"""


def run_script(call: str, *, statuses: str = "[200]", name: str = "Amara Okafor") -> dict[str, Any]:
    """Run Google's script with stand-ins for what Apps Script gives it."""
    items = json.loads(ALL["google"].body(filled_in("google", answers(full_name=name))))["items"]
    around = RUN.replace("STATUSES", statuses).replace("ITEMS", json.dumps(items)).replace("CALL", call)
    text = SCRIPT.read_text(encoding="utf-8") + around.replace("/e/FORM/", f"/e/{ALL['google'].form_id}/")
    run = subprocess.run(["node", "-"], input=text, capture_output=True, text=True, check=True, timeout=30)
    found: dict[str, Any] = json.loads(run.stdout)
    return found


def test_what_the_google_script_sends_is_the_application() -> None:
    known = provider("google")
    assert known is not None
    done = run_script("onFormSubmit({ response, source: form })")
    (request,) = done["sent"]

    submission = known.parse(request["payload"].encode(), with_every_form())

    expected = known.parse(ALL["google"].body(filled_in("google", answers()), response_id="2_abc"), with_every_form())
    assert submission == expected
    assert (request["headers"], done["failed"]) == ({"x-webhook-secret": "a-secret"}, "")


def test_the_way_to_test_a_google_form_writes_to_nobody_once_it_is_connected() -> None:
    (step,) = re.findall(r"^4\. To test, (.+)$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    (name,) = re.findall(r'"(.+?)"', step)
    (request,) = run_script("onFormSubmit({ response, source: form })", name=name)["sent"]

    async def story() -> World:
        world = World(programme=with_every_form())
        await world.deliver(request["payload"].encode(), source="google")
        return world

    assert told(asyncio.run(story())) == []
    assert "sendNewestAsTest" not in step, "by then the response has gone as a real one"


@pytest.mark.parametrize(
    ("statuses", "tries", "failed"),
    [
        ("[503, 0, 200]", 3, ""),
        ("[401]", 1, "The mentoring programme answered 401. Mend the cause, then run sendAllSince."),
        ("[503]", 4, "The mentoring programme answered 503. Mend the cause, then run sendAllSince."),
    ],
)
def test_the_google_script_tries_again_only_where_that_can_help(statuses: str, tries: int, failed: str) -> None:
    done = run_script("sendNewestAsTest()", statuses=statuses)

    assert (len(done["sent"]), done["failed"]) == (tries, failed)
    assert json.loads(done["sent"][0]["payload"])["test"] is True
