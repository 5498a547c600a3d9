"""A local stand-in for the Gemini Interactions API; it shares no code with longwatch."""
