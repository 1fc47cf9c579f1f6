"""Formulas over the letters of series: `A / B * 100`."""

from __future__ import annotations

import ast
import operator
import string
from typing import TYPE_CHECKING, Final

from tallymark_collector.query.numbers import writable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Number = int | float | None

LETTERS: Final = string.ascii_uppercase
_OPERATORS: Final[Mapping[type[ast.operator], Callable[[float, float], float]]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
}
_SIGNS: Final = str.maketrans({"\N{MULTIPLICATION SIGN}": "*", "÷": "/", "\N{MINUS SIGN}": "-"})
_ALLOWED: Final = "letters of series, numbers, + - * / and brackets"


class Formula:
    """A parsed formula; `letters` are the series it names."""

    def __init__(self, text: str) -> None:
        """Parse *text*; raise ValueError saying what is not allowed."""
        try:
            self._root = ast.parse(text.translate(_SIGNS).strip(), mode="eval").body
        except (SyntaxError, RecursionError, MemoryError) as error:
            raise ValueError(f"{text!r} is no formula: it may hold {_ALLOWED}") from error
        self.letters = frozenset(_check(self._root, text))

    def value(self, values: Mapping[str, Number]) -> Number:
        """Return the result; null where an operand is null or a division is by 0."""
        return _evaluate(self._root, values)


def _check(node: ast.expr, text: str) -> set[str]:
    """Return the letters below *node*; raise ValueError at the first thing not allowed."""
    if isinstance(node, ast.BinOp) and (type(node.op) in _OPERATORS or _divides(node)):
        return _check(node.left, text) | _check(node.right, text)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return _check(node.operand, text)
    if isinstance(node, ast.Name) and len(node.id) == 1 and node.id in LETTERS:
        return {node.id}
    if isinstance(node, ast.Constant) and type(node.value) in (int, float):
        return set()
    part = ast.get_source_segment(text.translate(_SIGNS).strip(), node) or text
    raise ValueError(f"{part!r} may not stand in a formula: it may hold {_ALLOWED}")


def _divides(node: ast.BinOp) -> bool:
    return isinstance(node.op, ast.Div)


def _evaluate(node: ast.expr, values: Mapping[str, Number]) -> Number:
    if isinstance(node, ast.Name):
        return values[node.id]
    if isinstance(node, ast.Constant):
        return writable(node.value) if isinstance(node.value, int | float) else None
    if isinstance(node, ast.UnaryOp):
        operand = _evaluate(node.operand, values)
        return None if operand is None else writable(-operand)
    return _combine(node, values) if isinstance(node, ast.BinOp) else None


def _combine(node: ast.BinOp, values: Mapping[str, Number]) -> Number:
    left, right = _evaluate(node.left, values), _evaluate(node.right, values)
    if left is None or right is None:
        return None
    if _divides(node):
        return None if right == 0 else left / right
    return writable(_OPERATORS[type(node.op)](left, right))
