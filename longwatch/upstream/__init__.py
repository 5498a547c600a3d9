"""How we speak with the Interactions API: requests, answers, and what each answer means."""
