"""What can go wrong in the suite itself, apart from what it judges.

ConformanceError
├── ScriptError     a proxy script, a rule or a fault is written wrongly
├── MessageError    bytes on the wire are not an HTTP/1 message
├── TraceError      a trace or a history line cannot be read
├── ProcessError    a program under test did not start or did not stop
└── RunError        a run cannot be carried out here (a missing compiler, no room, …)

A violated promise of the system under test is never an exception: it is a line of a verdict.
"""

from __future__ import annotations


class ConformanceError(Exception):
    """Be the root of every error the suite raises."""


class ScriptError(ConformanceError):
    """Say that a proxy script is written wrongly, with the value and what is allowed."""


class MessageError(ConformanceError):
    """Say that bytes on the wire are not an HTTP/1 message."""


class TraceError(ConformanceError):
    """Say that a line of a trace or a history cannot be read."""


class ProcessError(ConformanceError):
    """Say that a program under test did not start, stop or answer as it must."""


class RunError(ConformanceError):
    """Say that a run cannot be carried out on this machine."""
