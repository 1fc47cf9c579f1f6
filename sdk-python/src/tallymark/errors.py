"""
Name what can go wrong in a way the caller can act on.

* TallymarkError
  * ConfigurationError   a constructor was given a value that cannot work; also a ValueError
  * UsageError           a call was wrong; raised only with ``Hooks(strict=True)``, a ValueError
  * SpoolError           the spool's directory or files cannot be used
  * QueryError           a report could not be fetched

Delivery raises nothing: its results are values (`tallymark.transport.Failure`, `Stats`).
"""

from __future__ import annotations


class TallymarkError(Exception):
    """
    Stand above every error this package raises.

    >>> issubclass(UsageError, TallymarkError)
    True
    """


class ConfigurationError(TallymarkError, ValueError):
    """
    Refuse a configuration; the message names the option, the value and what is allowed.

    >>> from tallymark import Client
    >>> Client("nonsense", "http://a")
    Traceback (most recent call last):
    tallymark.errors.ConfigurationError: key='nons…': must be a write key ...
    """


class UsageError(TallymarkError, ValueError):
    """
    Refuse a call; the message names the argument and what is allowed.

    >>> isinstance(UsageError("name: '' must be a string that is not empty"), ValueError)
    True
    """


class SpoolError(TallymarkError):
    """
    Say that the spool's directory or one of its files cannot be used.

    >>> issubclass(SpoolError, TallymarkError)
    True
    """


class QueryError(TallymarkError):
    """
    Say that a report could not be fetched.

    *code* is the collector's word for it, *path* names the part of the question that is wrong.

    >>> QueryError("window: 'soon' is no duration", code="bad_question", path="window").path
    'window'
    """

    def __init__(self, message: str, *, code: str | None = None, path: str | None = None) -> None:
        """Say it in a sentence."""
        super().__init__(message)
        self.code = code
        self.path = path
