"""What can go wrong in the suite itself, apart from what it judges.

ConformanceError
├── ScriptError     a proxy script, a rule or a fault is written wrongly
├── MessageError    bytes on the wire are not an HTTP/1 message
├── TraceError      a trace or a history line cannot be read
├── ProcessError    a program under test did not start or did not stop
├── RunError        a run cannot be carried out here (a missing compiler, no room, …)
├── AdapterError    an adapter did not start, broke TMC/1 or reported a failure
│   └── Unsupported its SDK has no such operation or option
├── ScenarioError   a scenario is written wrongly
└── ConfigurationError  an adapter's declaration or the command line is wrong

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


class AdapterError(ConformanceError):
    """Say that an adapter did not start, broke the message format, or reported a failure."""


class Unsupported(AdapterError):  # noqa: N818 (an answer that is allowed, not a mistake)
    """Say that an adapter's SDK has no such operation or option."""


class ScenarioError(ConformanceError):
    """Say that a scenario is written wrongly, with the file, the place and what is allowed."""


class ConfigurationError(ConformanceError):
    """Say that an adapter's declaration or the command line is wrong, and what to do."""
