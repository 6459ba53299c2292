"""The Graph stand-in, driven from outside: a real process, a real inbox, and the real SDK."""
