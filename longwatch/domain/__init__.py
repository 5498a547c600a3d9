"""What every process agrees on, as pure values and functions: no I/O."""
