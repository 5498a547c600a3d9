"""What do tools do when a simulated model uses them?"""
