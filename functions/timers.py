"""The two timers. Both only ask the services; what was missed is made good by the next run."""

import logging

import azure.functions as func

from shared import bootstrap

bp = func.Blueprint()
logger = logging.getLogger(__name__)


@bp.function_name("tick")
@bp.timer_trigger("timer", schedule="%TICK_SCHEDULE%", run_on_startup=False, use_monitor=True)
async def tick(timer: func.TimerRequest) -> None:
    """Do what is due."""
    tally = await bootstrap.get_app().tick.run()
    logger.info(
        "tick: %s jobs, %s commands, %s submissions swept%s",
        tally.jobs,
        tally.commands,
        tally.submissions,
        " (past due)" if timer.past_due else "",
    )


@bp.function_name("daily")
@bp.timer_trigger("timer", schedule="%DAILY_SCHEDULE%", run_on_startup=False, use_monitor=True)
async def daily(timer: func.TimerRequest) -> None:
    """Send the administrators' digest if there is something to act on."""
    del timer
    posted = await bootstrap.get_app().tick.daily()
    logger.info("daily: %s digests", posted)
