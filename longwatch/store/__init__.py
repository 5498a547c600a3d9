"""The only truth: PostgreSQL's tables and every statement that reads or changes them."""
