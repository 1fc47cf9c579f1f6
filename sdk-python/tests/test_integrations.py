"""The integrations, each inside its real framework, in this process."""

from __future__ import annotations

import asyncio
import logging
import sys
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import flask
import pytest
import requests
import uvicorn
from fastapi import FastAPI
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from tallymark import AsyncClient, Client, Spool
from tallymark.integrations import asgi, wsgi
from tallymark.integrations.flask import Tallymark
from tallymark.integrations.logging import TallymarkHandler
from tallymark.testing import MemoryTransport, assert_tracked
from werkzeug.test import Client as WerkzeugClient

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

KEY = "tmk_0123456789abcdefghijAB"


def told(transport: MemoryTransport, name: str) -> dict[str, Any]:
    """Return the properties of the one event *name*, its duration checked and left out."""
    found = dict(assert_tracked(transport, name, times=1).properties)
    assert found.pop("duration_ms", 0) >= 0
    return found


# -- WSGI ----------------------------------------------------------------------------------------


def wsgi_app(client: Client, **options: Any) -> WerkzeugClient:  # noqa: ANN401 - the middleware's
    """Return a visitor of a small WSGI application."""

    def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterator[bytes]:
        client.track("Viewed")
        if environ["PATH_INFO"] == "/bad":
            raise LookupError(environ["PATH_INFO"])
        start_response("202 Accepted", [])

        def body() -> Iterator[bytes]:
            client.track("Streamed")
            yield b"piece"

        return body()

    return WerkzeugClient(wsgi.TallymarkMiddleware(application, client, **options))


def test_wsgi(client: Client, transport: MemoryTransport) -> None:
    """Events of the application and of its streamed body carry path and user; so does its own."""
    visitor = wsgi_app(client, user=lambda environ: environ.get("HTTP_USER"), event="Served")
    answer = visitor.get("/cart", headers={"user": "ada"})
    assert (answer.status_code, answer.data) == (202, b"piece")
    client.track("Outside")
    assert client.flush()
    for name in ("Viewed", "Streamed", "Served"):
        event = assert_tracked(transport, name, {"path": "/cart", "method": "GET"}, user="ada")
    assert event.properties["status"] == 202
    assert told(transport, "Outside") == {}
    assert transport.recorded("Outside")[0].user is None


def test_wsgi_error_passes_through(client: Client, transport: MemoryTransport) -> None:
    """An error of the application reaches the server, and the event names its type."""
    with pytest.raises(LookupError):
        wsgi_app(client, event="Served").get("/bad")
    assert client.flush()
    assert told(transport, "Served") == {"method": "GET", "path": "/bad", "error": "LookupError"}


def test_user_function_that_raises(client: Client, transport: MemoryTransport) -> None:
    """A function for the user that fails leaves the request alone."""
    visitor = wsgi_app(client, user=lambda environ: environ["nonsense"])
    assert visitor.get("/").status_code == 202
    assert client.flush()
    assert assert_tracked(transport, "Viewed").user is None


# -- ASGI ----------------------------------------------------------------------------------------


@contextmanager
def served(app: Any) -> Iterator[str]:  # noqa: ANN401 - any ASGI application
    """Serve *app* by uvicorn in a thread; shut it down at the end as a signal would."""
    ready = threading.Event()

    class Server(uvicorn.Server):
        """Tell when it can be reached."""

        async def startup(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - uvicorn's
            await super().startup(*args, **kwargs)
            ready.set()

    server = Server(uvicorn.Config(app, port=0, log_config=None))
    thread = threading.Thread(target=server.run)
    thread.start()
    assert ready.wait(30)
    host, port = server.servers[0].sockets[0].getsockname()
    yield f"http://{host}:{port}"
    server.should_exit = True
    thread.join()


def test_starlette(client: Client, transport: MemoryTransport) -> None:
    """Sync and async views have the context; shutting down sends what waits."""

    async def view(request: Any) -> PlainTextResponse:  # noqa: ANN401 - Starlette's
        client.track("Viewed")
        return PlainTextResponse(request.url.path, 201)

    def threaded(_: Any) -> PlainTextResponse:  # noqa: ANN401 - Starlette's
        client.track("Threaded")
        return PlainTextResponse("")

    app = Starlette(routes=[Route("/a", view), Route("/b", threaded)])
    app.add_middleware(
        asgi.TallymarkMiddleware,
        client=client,
        user=lambda scope: dict(scope["headers"]).get(b"user", b"").decode() or None,
        event="Served",
    )
    with served(app) as url:
        assert requests.get(f"{url}/a", headers={"user": "ada"}, timeout=30).status_code == 201
        assert requests.get(f"{url}/b", timeout=30).status_code == 200
    # Nobody flushed but the shutdown.
    assert_tracked(transport, "Viewed", {"path": "/a", "method": "GET"}, user="ada")
    assert_tracked(transport, "Threaded", {"path": "/b"})
    assert_tracked(transport, "Served", {"path": "/a", "status": 201}, user="ada")


def test_fastapi_with_the_asynchronous_client() -> None:
    """The asynchronous client works in the same place; concurrent requests keep their contexts."""
    transport = MemoryTransport()
    client = AsyncClient(KEY, "http://test", spool=Spool(directory=False), transport=transport)
    app = FastAPI()
    app.add_middleware(asgi.TallymarkMiddleware, client=client, event="Served")

    @app.get("/items/{item}")
    async def read(item: int) -> dict[str, int]:
        await asyncio.sleep(0)
        await client.track("Read", {"item": item})
        return {"item": item}

    with served(app) as url:
        for item in range(5):
            assert requests.get(f"{url}/items/{item}", timeout=30).json() == {"item": item}
    for item in range(5):
        assert_tracked(transport, "Read", {"item": item, "path": f"/items/{item}"}, times=1)
        assert_tracked(transport, "Served", {"path": f"/items/{item}", "status": 200}, times=1)
    asyncio.run(client.close())


def test_asgi_error_passes_through(client: Client, transport: MemoryTransport) -> None:
    """An error of the application reaches the server, and the event names its type."""

    async def broken(*_: object) -> None:
        raise LookupError

    wrapped = asgi.TallymarkMiddleware(broken, client, event="Served")
    scope = {"type": "http", "method": "PUT", "path": "/x"}
    with pytest.raises(LookupError):
        asyncio.run(wrapped(scope, None, None))  # type: ignore[arg-type]
    assert client.flush()
    assert told(transport, "Served") == {"method": "PUT", "path": "/x", "error": "LookupError"}


# -- Flask ---------------------------------------------------------------------------------------


def test_flask(client: Client, transport: MemoryTransport) -> None:
    """A view's events carry path and the session's user; errors and statuses are in the event."""
    app = flask.Flask("shop")
    app.secret_key = "secret"
    extension = Tallymark(
        None, client, user=lambda request: flask.session.get("user"), event="Served"
    )
    extension.init_app(app)
    assert app.extensions["tallymark"] is client

    @app.post("/login")
    def login() -> str:
        flask.session["user"] = "ada"
        return ""

    @app.get("/cart")
    def cart() -> tuple[str, int]:
        client.track("Viewed")
        return "", 203

    visitor = app.test_client()
    assert visitor.post("/login").status_code == 200
    assert visitor.get("/cart").status_code == 203
    assert visitor.get("/nowhere").status_code == 404
    assert client.flush()
    assert_tracked(transport, "Viewed", {"path": "/cart", "method": "GET"}, user="ada")
    statuses = [event.properties["status"] for event in transport.recorded("Served")]
    assert statuses == [200, 203, 404]


# -- Django --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def django_client() -> Iterator[tuple[Client, MemoryTransport]]:
    """Configure Django once (it can be no more often); return what its middleware tracks with."""
    from django.conf import settings  # noqa: PLC0415 - before anything of Django is set up

    transport = MemoryTransport()
    client = Client(KEY, "http://test", spool=Spool(directory=False), transport=transport)
    settings.configure(
        SECRET_KEY="secret",
        ALLOWED_HOSTS=["*"],
        ROOT_URLCONF=sys.modules[__name__],
        SESSION_ENGINE="django.contrib.sessions.backends.signed_cookies",
        MIDDLEWARE=[
            "django.contrib.sessions.middleware.SessionMiddleware",
            "tallymark.integrations.django.tallymark_middleware",
        ],
        TALLYMARK={
            "client": client,
            "user": lambda request: request.session.get("user"),
            "event": "Served",
        },
        USE_TZ=True,
    )
    import django  # noqa: PLC0415 - see above

    django.setup()
    yield client, transport
    client.close()


def _urls(client: Client) -> list[Any]:
    from django.http import HttpResponse  # noqa: PLC0415 - Django has to be set up
    from django.urls import path  # noqa: PLC0415 - see above

    def login(request: Any) -> Any:  # noqa: ANN401 - Django has no types
        request.session["user"] = "ada"
        return HttpResponse("")

    def cart(_: Any) -> Any:  # noqa: ANN401 - Django has no types
        client.track("Viewed")
        return HttpResponse("", status=203)

    async def cart_async(_: Any) -> Any:  # noqa: ANN401 - Django has no types
        client.track("Viewed async")
        return HttpResponse("", status=203)

    def broken(_: Any) -> Any:  # noqa: ANN401 - Django has no types
        raise LookupError

    return [
        path("login", login),
        path("cart", cart),
        path("cart-async", cart_async),
        path("broken", broken),
    ]


def test_django(django_client: tuple[Client, MemoryTransport]) -> None:
    """Sync views carry path and the session's user; an error's answer counts as what it is."""
    from django.test import Client as Visitor  # noqa: PLC0415 - Django has to be set up

    client, transport = django_client
    globals()["urlpatterns"] = _urls(client)
    visitor = Visitor(raise_request_exception=False)
    assert [visitor.get(path).status_code for path in ("/login", "/cart", "/broken")] == [
        200,
        203,
        500,
    ]
    assert client.flush()
    assert_tracked(transport, "Viewed", {"path": "/cart", "method": "GET"}, user="ada", times=1)
    statuses = [event.properties["status"] for event in transport.recorded("Served")]
    assert statuses == [200, 203, 500]


def test_django_async(django_client: tuple[Client, MemoryTransport]) -> None:
    """So do async views behind the asynchronous handler."""
    from django.test import AsyncClient as Visitor  # noqa: PLC0415 - Django has to be set up

    client, transport = django_client
    globals()["urlpatterns"] = _urls(client)
    assert asyncio.run(Visitor().get("/cart-async")).status_code == 203
    assert client.flush()
    assert_tracked(transport, "Viewed async", {"path": "/cart-async"}, times=1)
    assert_tracked(transport, "Served", {"path": "/cart-async", "status": 203}, times=1)


# -- logging -------------------------------------------------------------------------------------


def test_logging(client: Client, transport: MemoryTransport) -> None:
    """A line becomes an event with its extra, its error, and the time it was written at."""
    logger = logging.getLogger("shop.cart")
    handler = TallymarkHandler(client)
    logger.addHandler(handler)
    try:
        logger.info("too low to be recorded")
        logger.warning("lost %d items", 3, extra={"cart": "c-1"})
        try:
            raise LookupError  # noqa: TRY301 - it is what is logged
        except LookupError:
            logger.exception("failed")
        handler.handle(logging.makeLogRecord({"msg": "%d", "args": ("no number",)}))
        logging.getLogger("tallymark").addHandler(handler)
        logging.getLogger("tallymark").warning("of our own")
    finally:
        logger.removeHandler(handler)
        logging.getLogger("tallymark").removeHandler(handler)
    assert client.flush()
    said = {"level": "WARNING", "logger": "shop.cart", "message": "lost 3 items", "cart": "c-1"}
    lost, failed, wrong = (dict(event.properties) for event in transport.recorded("Logged"))
    assert lost == said
    assert (failed["error"], failed["message"]) == ("LookupError", "failed")
    assert wrong["message"] == "%d"
