"""The same things in the two wire revisions: requests, interactions and streams, translated without I/O."""
