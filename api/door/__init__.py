"""The Interactions-compatible door: the upstream's own surface over the runner, in both wire revisions."""
