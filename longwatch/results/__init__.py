"""What did a run bring? Derived from its stored bytes, when it ends and whenever that is done anew."""
