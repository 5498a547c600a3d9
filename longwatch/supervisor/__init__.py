"""Every part of one installation, started in order, watched, and stopped in order."""
