"""The same work, written for other runners as their own docs say; each runs in an environment without Longwatch."""
