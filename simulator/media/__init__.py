"""What do images, sounds, videos and documents say about themselves, and how are they made?"""
