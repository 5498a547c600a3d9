"""Decides when: admission and nudges. What is due is read from the database."""
