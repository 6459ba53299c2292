"""The whole platform as its users meet it: real processes, real storage, real mails."""
