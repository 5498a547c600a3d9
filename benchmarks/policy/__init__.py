"""How late are ends seen, and at how many reads? The poll policies, on simulated runs and the shipped code."""
