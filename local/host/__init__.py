"""Runs an Azure Functions app (Python v2 model) on a laptop the way the real host would; see README.md."""
