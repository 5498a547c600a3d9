"""Longwatch: the background job runner for long Gemini interactions."""

__version__ = "0.1.0"
