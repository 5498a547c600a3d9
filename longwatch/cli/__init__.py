"""The operators' tool: one small module per command."""

from longwatch.cli.app import main

__all__ = ["main"]
