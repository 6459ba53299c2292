"""The functions apps that the tests run, as text: each is written to a folder of its own."""

START = """
import asyncio, json, os, threading, time
from pathlib import Path
from typing import List
import azure.functions as func

app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)

def note(function, **what):
    with open("seen.jsonl", "a") as file:
        file.write(json.dumps({"function": function, **what}) + "\\n")
"""

EVERYTHING = (
    START
    + """
@app.route("echo/{word?}", methods=["GET", "POST", "PUT"])
async def echo(req: func.HttpRequest) -> func.HttpResponse:
    return func.HttpResponse(json.dumps({
        "method": req.method, "url": req.url, "headers": dict(req.headers), "params": dict(req.params),
        "route": dict(req.route_params), "body": req.get_body().decode(),
        "type": type(req.get_body()).__name__,
    }), mimetype="application/json")

def says(text):
    async def answer(req: func.HttpRequest) -> func.HttpResponse:
        return func.HttpResponse(text + json.dumps(dict(req.route_params)))
    return answer

# The names decide the order, not the file.
app.function_name("Z_new")(app.route("items/new", methods=["GET"])(says("new")))
app.function_name("b_named")(app.route("items/{name}", methods=["GET"])(says("named")))
app.function_name("A_numbered")(app.route("items/{id:int}", methods=["GET"])(says("numbered")))
app.function_name("posted")(app.route("items/{name}", methods=["POST"])(says("posted")))
app.function_name("files")(app.route("files/{*path}", methods=["GET"])(says("files")))
app.function_name("headed")(app.route("headed", methods=["GET", "HEAD"])(says("headed")))
app.function_name("by_name")(app.route(methods=["GET"])(says("by name")))
app.function_name("off")(app.route("off", methods=["GET"])(says("off")))
keyed = app.route("keyed", methods=["GET"], auth_level=func.AuthLevel.FUNCTION)
app.function_name("keyed")(keyed(says("keyed")))
guarded = app.route("guarded", methods=["GET"], auth_level=func.AuthLevel.ADMIN)
app.function_name("guarded")(guarded(says("guarded")))

@app.route("cookies", methods=["GET"])
async def cookies(req: func.HttpRequest) -> func.HttpResponse:
    response = func.HttpResponse("crumbs", status_code=201, headers={"X-Two": "2"})
    response.headers.add("Set-Cookie", "a=1/; Path=/; HttpOnly; SameSite=Lax")
    response.headers.add("Set-Cookie", "b=2; Max-Age=60; Secure")
    return response

@app.route("fail", methods=["GET", "POST"])
async def fail(req: func.HttpRequest) -> func.HttpResponse:
    try:
        {}[req.params.get("what", "")]
    except KeyError as exc:
        raise ValueError("kaboom") from exc

@app.route("nothing", methods=["GET"])
async def nothing(req: func.HttpRequest) -> func.HttpResponse:
    return None

@app.route("quits", methods=["GET"])
async def quits(req: func.HttpRequest) -> func.HttpResponse:
    raise SystemExit(1)

@app.route("text", methods=["GET"])
async def text(req: func.HttpRequest) -> str:
    return "plain text"

@app.route("described", methods=["GET"])
async def described(req: func.HttpRequest) -> str:
    return json.dumps({"status": 418, "body": "a teapot", "headers": {"x-pot": "tea"}})

@app.route("wrong_length", methods=["GET"])
async def wrong_length(req: func.HttpRequest) -> func.HttpResponse:
    return func.HttpResponse("five!", headers={"Content-Length": "99"})

@app.route("empty", methods=["GET"])
async def empty(req: func.HttpRequest) -> func.HttpResponse:
    return func.HttpResponse(status_code=204)

@app.route("where", methods=["GET"])
async def where(req: func.HttpRequest, context: func.Context) -> func.HttpResponse:
    return func.HttpResponse(json.dumps({
        "thread": threading.current_thread().name, "loop": id(asyncio.get_running_loop()),
        "name": context.function_name, "id": context.invocation_id, "folder": os.getcwd(),
    }))

@app.route("pooled", methods=["GET"])
def pooled(req: func.HttpRequest) -> func.HttpResponse:
    return func.HttpResponse(threading.current_thread().name)

@app.route("block", methods=["GET"])
async def block(req: func.HttpRequest) -> func.HttpResponse:
    time.sleep(0.8)
    return func.HttpResponse("unblocked")

@app.route("slow", methods=["GET"])
async def slow(req: func.HttpRequest) -> func.HttpResponse:
    note("slow")
    await asyncio.sleep(0.5)
    return func.HttpResponse("done")

@app.route("send", methods=["POST"])
@app.queue_output("out", queue_name="%PREFIX%-sent", connection="AzureWebJobsStorage")
async def send(req: func.HttpRequest, out: func.Out[str]) -> func.HttpResponse:
    out.set(req.get_body().decode())
    return func.HttpResponse("sent")

@app.route("send_bad", methods=["POST"])
@app.queue_output("out", queue_name="Not_A_Queue_Name", connection="AzureWebJobsStorage")
async def send_bad(req: func.HttpRequest, out: func.Out[str]) -> func.HttpResponse:
    out.set("x")
    return func.HttpResponse("sent")

@app.queue_trigger("msg", queue_name="%PREFIX%-work", connection="AzureWebJobsStorage")
async def work(msg: func.QueueMessage) -> None:
    note("work", body=msg.get_body().decode(), id=msg.id, count=msg.dequeue_count,
         receipt=bool(msg.pop_receipt),
         times=[t.isoformat() for t in (msg.insertion_time, msg.time_next_visible, msg.expiration_time) if t])
    if b"fail" in msg.get_body():
        raise ValueError("cannot")

@app.queue_trigger("msg", queue_name="%PREFIX%-fanin", connection="AzureWebJobsStorage")
@app.queue_output("out", queue_name="%PREFIX%-fanout", connection="AzureWebJobsStorage")
def fan(msg: func.QueueMessage, out: func.Out[List[str]]) -> None:
    out.set([msg.get_body().decode() + n for n in "123"])

@app.queue_trigger("msg", queue_name="%PREFIX%-dead-poison", connection="AzureWebJobsStorage")
async def dead(msg: func.QueueMessage) -> None:
    note("dead", count=msg.dequeue_count)
    raise ValueError("still dead")

running = 0

@app.queue_trigger("msg", queue_name="%PREFIX%-many", connection="AzureWebJobsStorage")
async def many(msg: func.QueueMessage) -> None:
    global running
    running += 1
    note("many", running=running)
    await asyncio.sleep(0.1)
    running -= 1

@app.queue_trigger("msg", queue_name="%NOT_SET%", connection="AzureWebJobsStorage")
async def lost(msg: func.QueueMessage) -> None:
    note("lost")

@app.queue_trigger("msg", queue_name="%PREFIX%-unplugged", connection="NoSuchConnection")
async def unplugged(msg: func.QueueMessage) -> None:
    note("unplugged")

@app.timer_trigger("timer", schedule="0 0 0 1 1 *")
async def yearly(timer: func.TimerRequest) -> None:
    note("yearly", past_due=timer.past_due, status=timer.schedule_status)
"""
)

TIMERS = (
    START
    + """
@app.timer_trigger("timer", schedule="* * * * * *")
async def second(timer: func.TimerRequest) -> None:
    note("second", past_due=timer.past_due, status=timer.schedule_status, at=time.time(), process=os.getpid())
    if os.environ.get("FAIL"):
        raise ValueError("every time")

@app.timer_trigger("timer", schedule="* * * * * *")
async def long(timer: func.TimerRequest) -> None:
    note("long", event="start")
    await asyncio.sleep(1.2)
    note("long", event="end")

@app.timer_trigger("timer", schedule="%YEARLY%", run_on_startup=True)
async def starter(timer: func.TimerRequest) -> None:
    note("starter", past_due=timer.past_due, status=timer.schedule_status)

@app.timer_trigger("timer", schedule="%YEARLY%")
async def monitored(timer: func.TimerRequest) -> None:
    note("monitored", past_due=timer.past_due, status=timer.schedule_status)

@app.timer_trigger("timer", schedule="0 61 * * * *")
async def impossible(timer: func.TimerRequest) -> None:
    note("impossible")
"""
)

ONE = (
    START
    + """
@app.route("one", methods=["GET"])
async def one(req: func.HttpRequest) -> func.HttpResponse:
    return func.HttpResponse(os.environ["GREETING"] + ", " + os.environ.get("NAME", "none"))
"""
)
