"""The read model: a project's log as typed columns, which can be thrown away and rebuilt.

Sealed segments lie on disk as Arrow files, the newest events in memory in the same form. One
reader goes through the log in order of position and gives people and devices their numbers, so
every process that reads the same log gives the same ones.
"""
