"""Creates the FunctionApp and registers the blueprints; nothing else."""

import azure.functions as func

from functions import (
    apply,
    approval,
    assets,
    checkins,
    evaluations,
    health,
    intake,
    outbox,
    participation,
    returning,
    timers,
)

app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)
for door in (intake, apply, approval, participation, checkins, evaluations, returning, assets, outbox, timers, health):
    app.register_functions(door.bp)
