"""The chaos kit: a whole installation, a seeded nemesis that breaks it, and a checker over four ledgers."""
