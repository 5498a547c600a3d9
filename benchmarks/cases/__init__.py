"""The cases: what each asks, of whom, and which figures answer it."""
