"""A lean Interactions API and webhook receiver: less than a millisecond an answer, and it counts what comes."""
