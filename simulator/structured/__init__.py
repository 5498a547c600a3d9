"""How is a value made that fits any JSON Schema?"""
