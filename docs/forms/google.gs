/**
 * Sends each response of this Google Form to the mentoring programme.
 *
 * In the form: three dots, Apps Script. Put this in place of what is there, save, and in Project Settings, Script
 * Properties, add WEBHOOK_ADDRESS and WEBHOOK_SECRET. Then run connect() once and allow what it asks for.
 */

/** Makes the trigger: from now on onFormSubmit runs for each response. Running it again changes nothing. */
function connect() {
  const form = FormApp.getActiveForm();
  const there = ScriptApp.getUserTriggers(form).some((one) => one.getHandlerFunction() === 'onFormSubmit');
  if (!there) {
    ScriptApp.newTrigger('onFormSubmit').forForm(form).onFormSubmit().create();
  }
}

/** Runs for each response. */
function onFormSubmit(event) {
  send_(event.response, event.source, false);
}

/**
 * Sends the newest response marked as a test: it is stored, and nobody is written to.
 *
 * Only for before connect() was run. After that each response is sent, as a real one, when the form is filled in: to
 * test, fill it in with a name that begins with TEST.
 */
function sendNewestAsTest() {
  const form = FormApp.getActiveForm();
  const responses = form.getResponses();
  if (responses.length === 0) {
    throw new Error('Fill in the form once first.');
  }
  send_(responses[responses.length - 1], form, true);
}

/** Sends every response from a day on, for instance sendAllSince('2026-02-01'): what was sent before changes nothing. */
function sendAllSince(day) {
  const form = FormApp.getActiveForm();
  form.getResponses(new Date(day)).forEach((response) => send_(response, form, false));
}

function send_(response, form, test) {
  const settings = PropertiesService.getScriptProperties();
  const body = {
    // The id in the address that people fill the form in at, as the programme file has it.
    formId: form.getPublishedUrl().replace(/^.*\/d\/e\/([^/]+)\/.*$/, '$1'),
    formTitle: form.getTitle(),
    responseId: response.getId(),
    submittedAt: response.getTimestamp().toISOString(),
    items: response.getItemResponses().map((one) => ({
      id: one.getItem().getId(),
      title: one.getItem().getTitle(),
      type: String(one.getItem().getType()),
      value: one.getResponse(),
    })),
  };
  if (test) {
    body.test = true;
  }
  const request = {
    method: 'post',
    contentType: 'application/json',
    headers: { 'x-webhook-secret': settings.getProperty('WEBHOOK_SECRET') },
    payload: JSON.stringify(body),
    muteHttpExceptions: true,
  };
  const address = settings.getProperty('WEBHOOK_ADDRESS');
  let status = 0;
  for (let attempt = 0; attempt < 4; attempt++) {
    if (attempt > 0) {
      Utilities.sleep(5000 * Math.pow(3, attempt - 1)); // 5, 15 and 45 seconds: a trigger may run for six minutes
    }
    try {
      status = UrlFetchApp.fetch(address, request).getResponseCode();
    } catch (error) {
      status = 0; // no connection; its text names the address, so it goes no further
    }
    if (status === 200) {
      return;
    }
    if (status >= 400 && status < 500 && status !== 408 && status !== 429) {
      break; // the same again would get the same answer
    }
  }
  // Google mails the form's owner about a trigger that failed. No answer of anybody stands in the text.
  throw new Error('The mentoring programme answered ' + status + '. Mend the cause, then run sendAllSince.');
}
