"""Read the three variables a client can be configured by; nothing else reads the environment."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tallymark.errors import ConfigurationError
from tallymark.options import Spool

if TYPE_CHECKING:
    import logging
    from collections.abc import Mapping

NO_KEY = "tmk_" + "0" * 22
NO_URL = "http://disabled.invalid"
"""Where a disabled client would send, if it sent."""

SPOOL_OFF = ("0", "off", "false", "no")


@dataclass(frozen=True)
class Environment:
    """Hold what the environment says; *spool* None = nothing is said about it."""

    key: str = field(repr=False)
    url: str
    spool: Spool | None


def read_environment(variables: Mapping[str, str]) -> Environment | None:
    """
    Read TALLYMARK_KEY, TALLYMARK_URL and TALLYMARK_SPOOL; None without a key.

    :raises ConfigurationError: if there is a key but no address
    """
    key, url = variables.get("TALLYMARK_KEY", ""), variables.get("TALLYMARK_URL", "")
    if not key:
        return None
    if not url:
        raise ConfigurationError("TALLYMARK_URL is not set although TALLYMARK_KEY is")
    spool = variables.get("TALLYMARK_SPOOL", "")
    if not spool:
        return Environment(key, url, None)
    return Environment(key, url, Spool(False if spool.lower() in SPOOL_OFF else spool))


@dataclass(frozen=True)
class ClientOptions:
    """Hold what a client is made with; *disabled* = there is no key, so it records nothing."""

    key: str = field(repr=False)
    url: str
    options: Mapping[str, Any]
    disabled: bool = False


def client_options(
    variables: Mapping[str, str],
    options: Mapping[str, Any],
    logger: logging.Logger,
) -> ClientOptions:
    """
    Return what `from_env` makes a client with; *options* given in the program win.

    :raises ConfigurationError: if there is a key but no address
    """
    found = read_environment(variables)
    if found is None:
        logger.warning("TALLYMARK_KEY is not set: this client is disabled")
        return ClientOptions(NO_KEY, NO_URL, {**options, "spool": Spool(directory=False)}, True)  # noqa: FBT003
    named = {} if found.spool is None else {"spool": found.spool}
    return ClientOptions(found.key, found.url, {**named, **options})
