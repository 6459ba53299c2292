"""Creates the FunctionApp and registers the blueprints; nothing else."""

import azure.functions as func

from functions import (
    apply,
    approval,
    assets,
    boards,
    checkins,
    health,
    intake,
    interest,
    matching,
    outbox,
    participation,
    partner,
    returning,
    timers,
)

app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)
for door in (
    intake,
    apply,
    approval,
    participation,
    checkins,
    partner,
    returning,
    interest,
    boards,
    assets,
    outbox,
    matching,
    timers,
    health,
):
    app.register_functions(door.bp)
