"""What is wrong with this installation, and what is to be done about it? Looks only; changes and spends nothing."""
