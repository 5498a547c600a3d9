"""`python -m longwatch.cli`."""

from longwatch.cli import main

main()
