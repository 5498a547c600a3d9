"""How does the simulator tell others that a run has ended?"""
