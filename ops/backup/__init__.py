"""Backup and restore of one instance: a plain tar file, its last member the list of all others.

It is not compressed: recordings hardly are compressible quickly, and what an archive unpacks to is
then never more than the archive itself.
"""
