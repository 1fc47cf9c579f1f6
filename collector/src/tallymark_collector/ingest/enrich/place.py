"""Where an address is, by a database of the operator's own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import maxminddb

if TYPE_CHECKING:
    from ipaddress import IPv4Address, IPv6Address
    from pathlib import Path

_LANGUAGE: Final = "en"


class PlacesError(Exception):
    """A database of places cannot be used."""


class Places:
    """A MaxMind database file: countries, with regions and cities when it has them."""

    def __init__(self, path: Path) -> None:
        """Open the file; raise `PlacesError` naming it when it is none."""
        try:
            # In memory: a file that an update replaces stays whole for those who read it.
            self._reader = maxminddb.open_database(path, maxminddb.MODE_MEMORY)
        except (OSError, maxminddb.InvalidDatabaseError, ValueError) as error:
            raise PlacesError(f"{path} is not a database of places: {error}") from error

    def of(self, address: IPv4Address | IPv6Address) -> dict[str, str]:
        """Return `$country` (ISO 3166-1), `$region` (ISO 3166-2) and `$city`, as far as known."""
        if address.version not in (4, self._reader.metadata().ip_version):
            return {}
        found = self._reader.get(str(address))
        if not isinstance(found, dict):
            return {}
        country = _code(found.get("country")) or _code(found.get("registered_country"))
        if country is None:
            return {}
        place = {"$country": country}
        region = _region(country, found.get("subdivisions"))
        city = _name(found.get("city"))
        if region:
            place["$region"] = region
        if city:
            place["$city"] = city
        return place

    def close(self) -> None:
        """Release the file."""
        self._reader.close()


def _code(part: Any) -> str | None:  # noqa: ANN401 - whatever a database holds
    code = part.get("iso_code") if isinstance(part, dict) else part
    return code if isinstance(code, str) and code else None


def _region(country: str, parts: Any) -> str | None:  # noqa: ANN401
    code = _code(parts[0]) if isinstance(parts, list) and parts else None
    return f"{country}-{code}" if code else None


def _name(part: Any) -> str | None:  # noqa: ANN401
    names = part.get("names") if isinstance(part, dict) else None
    name = names.get(_LANGUAGE) if isinstance(names, dict) else part
    return name if isinstance(name, str) and name else None
