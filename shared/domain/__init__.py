"""What is true: pure functions and values. No clock, no network, no Azure; standard library and pydantic only."""
