"""How are files uploaded, kept and given up?"""
