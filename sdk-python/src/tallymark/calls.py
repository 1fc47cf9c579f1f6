"""The calls that record something: each becomes one event, returns its id, and never raises."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from tallymark.context import Scope, Surroundings
from tallymark.event import identifier, operations, properties_of
from tallymark.guard import guarded

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from tallymark.event import Groups, Id
    from tallymark.pipeline import Pipeline

    Moment = date | int | float
    Properties = Mapping[str, Any] | None

T = TypeVar("T")


class Calls:
    """
    Record events through a pipeline.

    Calls return the event's id, or None if there is no event (wrong use, no consent, closed
    client).
    """

    def __init__(self, pipeline: Pipeline[Any]) -> None:
        """Record through *pipeline*."""
        self._pipeline = pipeline
        self._guard = pipeline.guard
        self._submit = pipeline.submit
        self._names = pipeline.names
        self._surroundings = Surroundings()
        self._scope = self._surroundings.scope

    def _failed(self, method: str, error: Exception) -> None:
        # Only the calls of this class are events; what `Client` adds to them loses none.
        self._pipeline.failed(method.lstrip("_"), error, event=method in Calls.__dict__)

    # -- events --------------------------------------------------------------------------------

    @guarded
    def track(
        self,
        name: str,
        properties: Properties = None,
        *,
        user: Id | None = None,
        device: Id | None = None,
        time: Moment | None = None,
        groups: Groups | None = None,
    ) -> str | None:
        """
        Record that something happened; return the event's id.

        >>> identity = client.track("Order Completed", {"total": 42}, user="u-1")
        >>> len(identity)
        36
        """
        if name not in self._names:
            name = self._pipeline.name(name)
        scope = self._scope()
        return self._submit(None, time, scope, user, device, groups, {"e": name}, properties)

    @guarded
    def page(
        self,
        name: str | None = None,
        properties: Properties = None,
        *,
        user: Id | None = None,
        device: Id | None = None,
        time: Moment | None = None,
        groups: Groups | None = None,
    ) -> str | None:
        """
        Record that a page was seen; `$url`, `$path`, `$referrer`, `$title` are known.

        >>> _ = client.page("Cart", {"$path": "/cart"}, user="u-1")
        """
        fields = {} if name is None else {"e": self._pipeline.name(name)}
        return self._send("page", time, user, device, groups, fields, properties)

    @guarded
    def screen(
        self,
        name: str | None = None,
        properties: Properties = None,
        *,
        user: Id | None = None,
        device: Id | None = None,
        time: Moment | None = None,
        groups: Groups | None = None,
    ) -> str | None:
        """
        Record that a screen of an app was seen.

        >>> _ = client.screen("Settings", device="d-1")
        """
        fields = {} if name is None else {"e": self._pipeline.name(name)}
        return self._send("screen", time, user, device, groups, fields, properties)

    @guarded
    def exposure(
        self,
        flag: str,
        variant: str,
        *,
        rule: str | None = None,
        bucket: int | None = None,
        user: Id | None = None,
        device: Id | None = None,
        time: Moment | None = None,
    ) -> str | None:
        """
        Record that a person met a variant of a flag.

        >>> _ = client.exposure("new-checkout", "blue", user="u-1")
        """
        stated = {"f": flag, "var": variant, "rule": rule, "bucket": bucket}
        fields = {key: value for key, value in stated.items() if value is not None}
        return self._send("exposure", time, user, device, None, fields)

    # -- people and groups ---------------------------------------------------------------------

    @guarded
    def identify(
        self,
        user: Id,
        properties: Properties = None,
        *,
        device: Id | None = None,
        time: Moment | None = None,
    ) -> str | None:
        """
        Say that the device belongs to *user* from now on; set the profile's *properties*.

        >>> _ = client.identify("u-1", {"plan": "pro"}, device="d-1")
        """
        fields = {"ops": {"$set": properties_of(properties)}} if properties else {}
        return self._send("identify", time, user, device, None, fields)

    @guarded
    def profile(
        self,
        changes: Mapping[str, Any],
        *,
        user: Id | None = None,
        device: Id | None = None,
        time: Moment | None = None,
    ) -> str | None:
        """
        Change a profile: `{"set": {"plan": "pro"}, "add": {"logins": 1}}`.

        Operations: set, set_once, add, append, union, remove, unset, delete.

        >>> _ = client.profile({"set": {"plan": "pro"}, "add": {"logins": 1}}, user="u-1")
        """
        fields = {"ops": operations(changes)}
        return self._send("profile", time, user, device, None, fields)

    @guarded
    def group(
        self,
        kind: str,
        id: Id,  # noqa: A002 - the protocol's word
        properties: Properties = None,
        *,
        time: Moment | None = None,
    ) -> str | None:
        """
        Set properties of a group, such as the company "acme".

        >>> _ = client.group("company", "acme", {"seats": 20})
        """
        fields: dict[str, Any] = {"gt": kind, "gi": identifier("id", id)}
        if properties:
            fields["ops"] = {"$set": properties_of(properties)}
        return self._send("group", time, None, None, None, fields)

    @guarded
    def alias(
        self,
        previous: Id,
        user: Id,
        *,
        undo: bool = False,
        time: Moment | None = None,
    ) -> str | None:
        """
        Declare two user ids the same person (*undo*: no longer); needs a secret key.

        >>> _ = client.alias("old-id", "u-1")
        """
        fields: dict[str, Any] = {
            "from": identifier("previous", previous),
            "to": identifier("user", user),
        }
        if undo:
            fields["undo"] = True
        return self._submit("alias", time, Scope(), None, None, None, fields, None)

    def _send(  # noqa: PLR0917 - in the order of the calls above
        self,
        kind: str,
        time: Moment | None,
        user: Id | None,
        device: Id | None,
        groups: Groups | None,
        fields: Mapping[str, Any],
        properties: Properties = None,
    ) -> str | None:
        scope = self._surroundings.scope()
        return self._submit(kind, time, scope, user, device, groups, fields, properties)

    def flag(self, name: str, default: T) -> T:
        """
        Return *default*: flags are not built yet. Nothing is recorded or counted.

        >>> client.flag("new-checkout", False)
        False
        """
        del name
        return default
