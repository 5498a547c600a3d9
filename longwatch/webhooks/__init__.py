"""Which bytes go to a receiver, where they may go, and when they go again."""
