"""Answering questions: a build in memory, and killable, sandboxed processes that query it.

``Pool`` is the entrance, ``Question`` and ``Answer`` are what goes in and comes out, and
``failures`` names everything that can go wrong. No HTTP here.
"""
