"""What the facts are: reading, checking, reasoning over and publishing the content.

Leaves answering questions to :mod:`steamkg.engine` and everything above it.
"""
