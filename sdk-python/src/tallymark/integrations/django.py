"""
Give each request of a Django project its context, and its event if one is asked for.

    MIDDLEWARE = [..., "tallymark.integrations.django.tallymark_middleware"]
    TALLYMARK = {"user": "tallymark.integrations.django.authenticated_user", "event": None}

`TALLYMARK` may hold *client* (a `Client`, or the dotted path of one), *user* (a function of the
request, or its path) and *event* (a name). Without a client, one is made by `Client.from_env`.
"""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

from django.conf import settings  # type: ignore[import-untyped]
from django.utils.decorators import sync_and_async_middleware  # type: ignore[import-untyped]
from django.utils.module_loading import import_string  # type: ignore[import-untyped]

from tallymark.client import Client
from tallymark.integrations.exchange import Observer

if TYPE_CHECKING:
    from collections.abc import Callable


def authenticated_user(request: Any) -> str | None:  # noqa: ANN401 - Django has no types
    """
    Return the primary key of the user who is logged in.

    It needs AuthenticationMiddleware above it, and reads the session in every request.
    """
    user = getattr(request, "user", None)
    return str(user.pk) if user is not None and user.is_authenticated else None


@sync_and_async_middleware  # type: ignore[untyped-decorator]
def tallymark_middleware(get_response: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """
    Observe the requests that *get_response* answers.

    Events tracked in a view carry `method` and `path`, and the user; see the module for settings.
    With *event*, each request becomes an event of that name, with `status` and `duration_ms`.
    """
    observer = _observer()

    def observe(request: Any) -> Any:  # noqa: ANN401 - Django has no types
        exchange = observer.begin(request, request.method, request.path)
        with exchange.surroundings():
            response = get_response(request)
        exchange.status = response.status_code
        exchange.end()
        return response

    async def observe_async(request: Any) -> Any:  # noqa: ANN401 - Django has no types
        exchange = observer.begin(request, request.method, request.path)
        with exchange.surroundings():
            response = await get_response(request)
        exchange.status = response.status_code
        await exchange.end_async()
        return response

    return observe_async if inspect.iscoroutinefunction(get_response) else observe


def _observer() -> Observer[Any]:
    given = dict(getattr(settings, "TALLYMARK", {}))
    found = {name: _imported(given.get(name)) for name in ("client", "user")}
    client = found["client"] or Client.from_env()
    return Observer(client, user=found["user"], event=given.get("event"))


def _imported(value: Any) -> Any:  # noqa: ANN401 - a path, or what it leads to
    return import_string(value) if isinstance(value, str) else value
