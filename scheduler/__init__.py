"""Decides when: admission, nudges, purging. What is due is read from the database."""
