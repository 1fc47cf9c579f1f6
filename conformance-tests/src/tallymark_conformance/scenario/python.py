"""The Python form of a scenario: a function on a stage, under the same header as the YAML form."""

from __future__ import annotations

import inspect
from importlib import import_module
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from tallymark_conformance.errors import ScenarioError
from tallymark_conformance.scenario.header import Body, Scenario

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

PACKAGE: Final = "tallymark_conformance.scenarios"
MARK: Final = "__scenarios__"


def scenario(
    id: str,  # noqa: A002 (the header's word)
    req: Sequence[str],
    *,
    needs: Sequence[str] = ("track",),
    when: Sequence[str] = (),
    platforms: Sequence[str] = ("server", "browser"),
    level: str = "MUST",
    tier: str = "bronze",
    **header: Any,
) -> Callable[[Body], Body]:
    """Make the function below a scenario; its docstring's first sentence is the title."""

    def register(body: Body) -> Body:
        title = (inspect.getdoc(body) or "").split("\n\n")[0].replace("\n", " ")
        if not title:
            raise ScenarioError(f"{id}: the function has no docstring to take the title from")
        made = Scenario(
            id=id,
            title=title,
            req=tuple(req),
            level=level,  # type: ignore[arg-type] # checked by the header itself
            tier=tier,  # type: ignore[arg-type]
            body=body,
            needs=frozenset(needs),
            when=frozenset(when),
            platforms=frozenset(platforms),
            source=Path(body.__code__.co_filename).name,
            steps=inspect.getsource(body),
            **header,
        )
        namespace = body.__globals__.setdefault(MARK, [])
        namespace.append(made)
        return body

    return register


def python_scenarios() -> Iterator[Scenario]:
    """Iterate over the scenarios of every module in the package of scenarios."""
    for entry in sorted(files(PACKAGE).iterdir(), key=lambda entry: entry.name):
        stem, _, ending = entry.name.rpartition(".")
        if ending == "py" and not stem.startswith("_"):
            yield from getattr(import_module(f"{PACKAGE}.{stem}"), MARK, ())
