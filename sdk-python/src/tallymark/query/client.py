"""Ask a collector, and wait for its answer."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Any, TypeVar

import requests
from tenacity import (
    RetryCallState,
    Retrying,
    retry_if_exception_type,
    stop_after_attempt,
    wait_random_exponential,
)

from tallymark.encode import dumps_slow, loads
from tallymark.errors import ConfigurationError, QueryError
from tallymark.options import check_url, mask
from tallymark.query.frequency import Frequency
from tallymark.query.funnel import Funnel
from tallymark.query.report import Report
from tallymark.query.retention import Retention
from tallymark.query.trends import Trends

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Self

    EventSet = str | Mapping[str, Any]
    """An event's name, or a set of events as the collector's reference describes it."""

R = TypeVar("R", bound=Report)

_KEY = re.compile(r"tm[rs]_[0-9A-Za-z]{22}")
_ATTEMPTS = 4
_LONGEST_WAIT_S = 5
_AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504})
_KINDS: Mapping[str, type[Report]] = {
    "trends": Trends,
    "funnel": Funnel,
    "retention": Retention,
    "frequency": Frequency,
}


class _BusyError(QueryError):
    """Say that asking again may help."""


class Query:
    """
    Ask for reports.

    Further *options* of each report are those of the collector's reference under the same names;
    `from` is `start` here, and `to` is `end`: days, both included. What is asked is sent again up
    to three times if the collector is busy or cannot be reached.

    :raises ConfigurationError: if key or address cannot work
    """

    def __init__(self, key: str, url: str, *, timeout: float = 60.0) -> None:
        """Ask at *url* with a read key or a secret one; *timeout* in seconds for each request."""
        if not _KEY.fullmatch(str(key)):
            raise ConfigurationError(
                f"key={mask(key)}: must be a read key (tmr_…) or a secret key (tms_…)"
            )
        check_url(url)
        self._key = key
        self._url = url.rstrip("/")
        self._timeout = timeout
        self._session = requests.Session()
        # Without an auth of its own, requests would take one from ~/.netrc and replace the key.
        self._session.auth = lambda request: request

    def __repr__(self) -> str:
        """Show where is asked; the key is masked."""
        return f"Query(key={mask(self._key)}, url={self._url!r})"

    def trends(self, events: EventSet | Sequence[EventSet], **options: Any) -> Trends:  # noqa: ANN401
        """
        Ask how often, by how many, or how much: `measure`, `property`, `interval`, `by`, `where`.

        :raises QueryError: if the question is wrong or cannot be answered
        """
        listed = [events] if isinstance(events, (str, Mapping)) else list(events)
        return self._report(Trends, "trends", {"events": listed, **options})

    def funnel(self, steps: Sequence[EventSet], **options: Any) -> Funnel:  # noqa: ANN401
        """
        Ask how many go through *steps*: `window`, `order`, `count`, `by`, `exclude`, `hold`.

        :raises QueryError: if the question is wrong or cannot be answered
        """
        return self._report(Funnel, "funnel", {"steps": list(steps), **options})

    def retention(
        self,
        birth_event: EventSet,
        return_event: EventSet,
        **options: Any,  # noqa: ANN401 - the report's
    ) -> Retention:
        """
        Ask who comes back: `unit`, `buckets`, `criteria`, `births`, `measure`, `by`.

        :raises QueryError: if the question is wrong or cannot be answered
        """
        asked = {"birth_event": birth_event, "return_event": return_event, **options}
        return self._report(Retention, "retention", asked)

    def frequency(self, event: EventSet, **options: Any) -> Frequency:  # noqa: ANN401
        """
        Ask in how many different hours or days of each period users are active: `unit`, `sub_unit`.

        :raises QueryError: if the question is wrong or cannot be answered
        """
        return self._report(Frequency, "frequency", {"event": event, **options})

    def ask(self, name: str, question: Mapping[str, Any]) -> Report:
        """
        Ask any report by its name, with the question as the collector's reference has it.

        :raises QueryError: if the question is wrong or cannot be answered
        """
        return self._report(_KINDS.get(name, Report), name, question)

    def close(self) -> None:
        """Let go of the connection."""
        self._session.close()

    def __enter__(self) -> Self:
        """Return the client; `with` closes it."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the client."""
        self.close()

    def _report(self, kind: type[R], name: str, question: Mapping[str, Any]) -> R:
        asked = _plain({**question})
        for ours, theirs in (("start", "from"), ("end", "to")):
            if ours in asked:
                asked[theirs] = asked.pop(ours)
        return kind(name, asked, self._ask(f"/v1/query/{name}", asked), self._ask)

    def _ask(self, path: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
        again = Retrying(
            stop=stop_after_attempt(_ATTEMPTS),
            wait=wait_random_exponential(multiplier=0.25, max=_LONGEST_WAIT_S),
            retry=retry_if_exception_type(_BusyError),
            retry_error_callback=_give_up,
        )
        answer: Mapping[str, Any] = again(lambda: self._once(path, body))
        return answer

    def _once(self, path: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
        try:
            answer = self._session.post(
                self._url + path,
                data=dumps_slow(body)[0],
                headers={
                    "authorization": f"Bearer {self._key}",
                    "content-type": "application/json",
                    "accept": "application/json",
                },
                timeout=self._timeout,
                allow_redirects=False,
            )
        except requests.RequestException as error:
            raise _BusyError(f"{self._url} could not be asked: {error}") from error
        return _read(answer)


def _read(answer: requests.Response) -> Mapping[str, Any]:
    try:
        body = loads(answer.content)
    except ValueError:
        body = None
    if answer.status_code == requests.codes.ok and isinstance(body, Mapping):
        return body
    stated = body if isinstance(body, Mapping) else {}
    code, path = stated.get("code"), stated.get("path")
    where = f" at {path}" if path else ""
    detail = stated.get("detail") or "the answer is none of a collector"
    kind = _BusyError if answer.status_code in _AGAIN else QueryError
    raise kind(f"{code or answer.status_code}{where}: {detail}", code=code, path=path)


def _give_up(state: RetryCallState) -> Any:  # noqa: ANN401 - it only raises
    error = state.outcome.exception() if state.outcome is not None else None
    assert isinstance(error, _BusyError)
    raise QueryError(str(error), code=error.code, path=error.path) from error


def _plain(question: dict[str, Any]) -> dict[str, Any]:
    return {
        key: value.isoformat() if isinstance(value, date) else value
        for key, value in question.items()
        if value is not None
    }
