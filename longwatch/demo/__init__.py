"""`make demo`: one Deep Research task from request to verified webhook, shown to a person."""
