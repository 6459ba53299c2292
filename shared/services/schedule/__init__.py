"""What the clock asks for: the tick, nightly work, commands, what the team is told."""
