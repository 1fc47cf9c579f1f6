"""Where the parts of the collector are joined, and nowhere else."""

from __future__ import annotations

import logging
import time
from dataclasses import asdict, dataclass
from functools import partial
from importlib.metadata import version
from secrets import token_bytes
from typing import TYPE_CHECKING, Any, Final

from tallymark_collector import observe
from tallymark_collector.ingest.inflate import InflateLimits
from tallymark_collector.ingest.intake import Intake, wall_ms
from tallymark_collector.ingest.keys import Keyring
from tallymark_collector.ingest.rate import Rates
from tallymark_collector.ingest.workers import Workers
from tallymark_collector.ingest.writer import Writer
from tallymark_collector.query.events import Events
from tallymark_collector.segments.model import Builder, ReadModel
from tallymark_collector.server.deadlines import DeadlineLimits
from tallymark_collector.server.gate import ConnectionLimits
from tallymark_collector.server.listener import Listener, ServerLimits
from tallymark_collector.server.parent import Parent
from tallymark_collector.server.readahead import ReadAheadLimits
from tallymark_collector.server.run import allow_descriptors, bind, make_server, url_of
from tallymark_collector.store.keys import default_policy
from tallymark_collector.store.place import Place, place_of
from tallymark_collector.web.api import absent
from tallymark_collector.web.api.config import ConfigApi
from tallymark_collector.web.api.events import Bodies, EventsApi
from tallymark_collector.web.api.flat import FlatApi
from tallymark_collector.web.api.listing import ListingApi
from tallymark_collector.web.api.metrics import MetricsApi
from tallymark_collector.web.api.query import QueryApi
from tallymark_collector.web.api.service import NAME, ServiceApi
from tallymark_collector.web.api.streams import StreamsApi
from tallymark_collector.web.authorise import Authoriser
from tallymark_collector.web.boundary import Boundary
from tallymark_collector.web.live import LiveApi
from tallymark_collector.web.people import PeopleApi
from tallymark_collector.web.projects import Projects
from tallymark_collector.web.routes import Route, router
from tallymark_collector.web.scripts import ScriptsApi
from tallymark_collector.web.session import Sessions
from tallymark_collector.web.ui import UiApi
from tallymark_collector.web.ui_assets import DIRECTORY, load

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path
    from socket import socket as Socket  # noqa: N812 - a class

    from tallymark_collector.settings import Settings
    from tallymark_collector.store.log import Log
    from tallymark_collector.store.meta import KeyKind, MetaStore

GRACEFUL_SHARE: Final = 0.6
"""Of the seconds a stop may take: for open requests."""
WRITER_SHARE: Final = 0.3
"""Of the seconds a stop may take: for the last commit."""


@dataclass(frozen=True, slots=True)
class Ready:
    """What a started collector tells about itself; *database* is the one it keeps its data in."""

    url: str
    data: Path
    write_key: str
    database: str | None = None


@dataclass(frozen=True, slots=True)
class Dashboard:
    """What the dashboard adds to the parts: its sessions, its stream of arrivals, its routes."""

    sessions: Sessions
    live: LiveApi
    routes: tuple[Route, ...]


@dataclass(frozen=True, slots=True)
class Application:
    """The joined parts; `start` and `stop` are the life of the writing thread and the store."""

    settings: Settings
    asgi: Boundary
    listener: Listener
    log: Log
    meta: MetaStore
    writer: Writer
    model: ReadModel
    builder: Builder
    workers: Workers
    counters: observe.Counters
    routes: tuple[Route, ...]
    write_key: str
    dashboard: Dashboard

    def start(self) -> None:
        """Start the writer, and the builder of segments."""
        self.writer.start()
        self.builder.start()

    def stop(self, timeout_s: float) -> None:
        """Commit what was taken, checkpoint, close the store."""
        ended = self.writer.stop(timeout_s) & self.builder.stop(timeout_s)
        self.workers.close()
        if not ended:
            # The commit ends with the process: by itself or, unacknowledged, not at all.
            return
        self.model.close()
        self.log.close()
        self.meta.close()


def build(
    settings: Settings,
    *,
    more_routes: Sequence[Route] = (),
    static: Path = DIRECTORY,
    session_secret: bytes | None = None,
) -> Application:
    """Join the parts on the folder or database of *settings*, made and migrated if need be.

    *static* is the folder of the built dashboard; *session_secret* is shared by the processes that
    serve on one socket.
    Raises `WriterLocked` when another process writes to the folder, `StoreBusy` when the database
    cannot be reached, `ClientMissing` without the package for it, `MigrationError` when data and
    program do not belong together, `UndeclaredPermission` for a route without a permission.
    """
    place = place_in(settings)
    log = place.log()
    try:
        meta = place.meta()
        with meta.exclusive():
            write_key = _provision(meta, settings)
    except BaseException:
        log.close()
        raise
    counters = observe.Counters()
    new_request_id = observe.request_ids()
    listener = Listener(server_limits(settings), new_request_id)
    writer = Writer(log)
    workers = Workers()
    intake = Intake(writer, log, Rates(), counters, workers, default_rate=settings.key_rate)
    caps = InflateLimits(inflated=settings.max_inflated)
    bodies = Bodies(intake, workers, settings.max_body, caps)
    statistics = partial(_statistics, counters, listener, writer)
    service = ServiceApi(
        version(NAME),
        {"MAX_BODY": settings.max_body, "MAX_INFLATED": settings.max_inflated},
        writer.ready,
        statistics,
    )
    events = Events(log)
    model = ReadModel(log, settings.data / "segments", events)
    projects = Projects(log, meta, settings.project)
    sessions = Sessions(projects.scope, time.monotonic, session_secret)
    dashboard = _dashboard(log, meta, events, projects=projects, sessions=sessions, static=static)
    routes = (
        *EventsApi(intake, bodies).routes(),
        *FlatApi(intake, bodies).routes(),
        *StreamsApi(log, workers, wall_ms).routes(),
        *ConfigApi({"ttl_s": settings.config_ttl_s}).routes(),
        *ListingApi(log).routes(),
        *QueryApi(model).routes(),
        *dashboard.routes,
        *ScriptsApi().routes(),
        *service.routes(),
        *MetricsApi(statistics).routes(),
        *absent.routes(),
        *more_routes,
    )
    authoriser = Authoriser(Keyring(meta, workers, time.monotonic), wall_ms, dashboard.sessions)
    asgi = Boundary(
        router(routes, authoriser), counters, new_request_id, access_log=settings.access_log
    )
    return Application(
        settings=settings,
        asgi=asgi,
        listener=listener,
        log=log,
        meta=meta,
        writer=writer,
        model=model,
        builder=Builder(model),
        workers=workers,
        counters=counters,
        routes=routes,
        write_key=write_key,
        dashboard=dashboard,
    )


def _dashboard(
    log: Log,
    meta: MetaStore,
    events: Events,
    *,
    projects: Projects,
    sessions: Sessions,
    static: Path,
) -> Dashboard:
    """Return the dashboard of all projects."""
    live = LiveApi(log)
    ui = UiApi(
        log,
        meta,
        events,
        sessions=sessions,
        projects=projects,
        assets=load(static),
        version=version(NAME),
    )
    routes = (*ui.routes(), *live.routes(), *PeopleApi(log, events).routes())
    return Dashboard(sessions, live, routes)


def serve(settings: Settings, on_ready: Callable[[Ready], None] | None = None) -> None:
    """Serve until SIGINT or SIGTERM, then stop without losing anything received.

    *on_ready* is called once requests are accepted. Raises what `build` raises, and OSError when
    the address cannot be listened on.
    """
    observe.set_up(settings.log_format, settings.log_level)
    with bind(settings.host, settings.port) as socket:
        if settings.workers == 1:
            serve_on(settings, socket, None, on_ready)
            return
        # One process may not know the session that another has opened, but that it is one of ours.
        arguments = (settings, socket, token_bytes())
        parent = Parent(serve_on, arguments, settings.workers, settings.stop_s)
        parent.run(on_ready or (lambda _: None))


def serve_on(
    settings: Settings,
    socket: Socket,
    session_secret: bytes | None,
    on_ready: Callable[[Ready], None] | None,
) -> None:
    """Serve as one process on a bound socket, which others may share."""
    observe.set_up(settings.log_format, settings.log_level)
    allow_descriptors(settings.max_connections)
    application = build(settings, session_secret=session_secret)
    database = None if settings.database_url is None else place_in(settings).shown
    ready = Ready(url_of(socket), settings.data, application.write_key, database)

    def announce() -> None:
        observe.log(logging.INFO, "The collector accepts requests.", url=ready.url)
        if on_ready is not None:
            on_ready(ready)

    graceful_s = settings.stop_s * GRACEFUL_SHARE
    server = make_server(
        application.asgi,
        application.listener,
        graceful_s=graceful_s,
        on_ready=announce,
        on_stop=application.dashboard.live.close,
    )
    application.start()
    try:
        server.run([socket])
    finally:
        application.stop(settings.stop_s * WRITER_SHARE)
        observe.log(logging.INFO, "The collector has stopped.", **application.counters.snapshot())


def place_in(settings: Settings) -> Place:
    """Return the folder or database that the settings name."""
    url = None if settings.database_url is None else settings.database_url.get_secret_value()
    return place_of(settings.data, url, settings.database_connections)


def server_limits(settings: Settings) -> ServerLimits:
    """Return the numbers of the HTTP layer."""
    return ServerLimits(
        deadlines=DeadlineLimits(
            headers_s=settings.head_s,
            body_s=settings.body_s,
            body_rate=settings.body_rate,
            rate_grace_s=settings.body_grace_s,
            idle_s=settings.idle_s,
            answer_s=settings.answer_s,
            linger_s=settings.linger_s,
        ),
        connections=ConnectionLimits(
            overall=settings.max_connections,
            per_address=settings.max_connections_per_address,
            uncapped=frozenset(settings.proxies),
        ),
        read_ahead=ReadAheadLimits(
            requests=settings.read_ahead_requests,
            bytes=settings.read_ahead_bytes,
            overall=settings.read_ahead_total,
            body=settings.max_body,
            head=settings.max_head,
        ),
    )


def _provision(meta: MetaStore, settings: Settings) -> str:
    """Make sure of the first project and its keys; return its newest live write key."""
    now = wall_ms()
    project = meta.project(settings.project) or meta.create_project(settings.project, now)
    given: tuple[tuple[KeyKind, Any], ...] = (
        ("write", settings.write_key),
        ("secret", settings.secret_key),
        ("read", settings.read_key),
    )
    for kind, secret in given:
        if secret is not None and meta.find_key(secret.get_secret_value()) is None:
            text = secret.get_secret_value()
            meta.add_key(project.id, kind, text, default_policy(kind), now)
    live = [
        key.text for key in meta.keys(project.id) if key.kind == "write" and key.revoked_at is None
    ]
    if live:
        return live[-1]
    _, text = meta.create_key(project.id, "write", default_policy("write"), now)
    return text


def _statistics(counters: observe.Counters, listener: Listener, writer: Writer) -> dict[str, Any]:
    return {
        "counters": counters.snapshot(),
        "connections": {
            **asdict(listener.gate.statistics()),
            "overdue": listener.overdue,
            "rescued": listener.rescued,
            "unheard": listener.unheard,
        },
        "writer": asdict(writer.statistics()),
    }
