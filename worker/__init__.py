"""Does the work: creates, polls, cancels and delivers what is due."""
