"""The jail: every guest program runs here, and nowhere else (docs/sandbox.md)."""
