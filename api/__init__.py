"""The HTTP doors: the native job API and its health pages."""
