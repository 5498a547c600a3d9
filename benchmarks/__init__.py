"""The measured claims, runnable: each case also alone."""
