"""The Python form of a scenario: a function on a stage, under the same header as the YAML form."""

from __future__ import annotations

import inspect
from functools import partial
from importlib import import_module
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from tallymark_conformance.errors import ScenarioError
from tallymark_conformance.scenario.header import Body, Scenario

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

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
    variants: Sequence[Mapping[str, Any]] = ({},),
    **header: Any,
) -> Callable[[Any], Any]:
    """Make the function below a scenario; its docstring is the title.

    With *variants* it becomes one for each: `<name>` in id and title is the variant's value, which
    the function gets as an argument, too; a variant's `req` and `needs` are its own.
    """

    def register(body: Any) -> Any:
        title = (inspect.getdoc(body) or "").split("\n\n")[0].replace("\n", " ")
        if not title:
            raise ScenarioError(f"{id}: the function has no docstring to take the title from")
        for variant in variants:
            made = Scenario(
                id=_filled(id, variant),
                title=_filled(title, variant),
                req=tuple(variant.get("req", req)),
                level=level,  # type: ignore[arg-type] # checked by the header itself
                tier=tier,  # type: ignore[arg-type]
                body=_body(body, variant),
                needs=frozenset(variant.get("needs", needs)),
                when=frozenset(when),
                platforms=frozenset(platforms),
                source=Path(body.__code__.co_filename).name,
                steps=inspect.getsource(body),
                **header,
            )
            body.__globals__.setdefault(MARK, []).append(made)
        return body

    return register


def python_scenarios() -> Iterator[Scenario]:
    """Iterate over the scenarios of every module in the package of scenarios."""
    for entry in sorted(files(PACKAGE).iterdir(), key=lambda entry: entry.name):
        stem, _, ending = entry.name.rpartition(".")
        if ending == "py" and not stem.startswith("_"):
            yield from getattr(import_module(f"{PACKAGE}.{stem}"), MARK, ())


def _body(function: Any, variant: Mapping[str, Any]) -> Body:
    own = {name: value for name, value in variant.items() if name not in ("req", "needs")}
    return partial(function, **own) if own else function


def _filled(text: str, variant: Mapping[str, Any]) -> str:
    for name, value in variant.items():
        text = text.replace(f"<{name}>", str(value))
    return text
