"""Tables that never cut a number: columns a terminal has no room for go into a table below."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

LEAST_DRAWN: Final = 8
_LEAST_NAME: Final = 8


@dataclass(frozen=True, slots=True)
class Drawing:
    """A column that is drawn as wide as there is room, at most *most* cells, or left out.

    `draw` gives a cell for each row, at most so many characters wide.
    """

    head: str
    draw: Callable[[int], Sequence[str]]
    most: int
    at_end: bool = False


@dataclass(frozen=True, slots=True)
class Grid:
    """A column of names and columns of numbers; all cells are markup.

    `last` are rows below a line of their own; `gap` is the room between two columns.
    """

    head: str
    numbers: Sequence[str]
    rows: Sequence[tuple[str, Sequence[str]]]
    last: Sequence[tuple[str, Sequence[str]]] = ()
    drawing: Drawing | None = None
    gap: int = 3

    def tables(self, width: int) -> list[Table]:
        """Return tables that are at most *width* wide, each beginning with the names."""
        blocks = self._blocks(width)
        if len(blocks) > 1:
            return [self._table(width, block, None) for block in blocks]
        left = width - self._taken(blocks[0]) - self._named(width) - self.gap
        drawing = self.drawing if left >= LEAST_DRAWN else None
        return [self._table(width, blocks[0], drawing, left)]

    def _blocks(self, width: int) -> list[range]:
        """Cut the columns of numbers into blocks that fit beside the names, as even as can be."""
        room = width - self._named(width)
        fewest = len(self._cut(room, len(self.numbers)))
        return self._cut(room, -(-len(self.numbers) // fewest))

    def _cut(self, room: int, most: int) -> list[range]:
        blocks: list[range] = []
        begin = 0
        for column in range(1, len(self.numbers)):
            if column - begin == most or self._taken(range(begin, column + 1)) > room:
                blocks.append(range(begin, column))
                begin = column
        return [*blocks, range(begin, len(self.numbers))]

    def _taken(self, columns: range) -> int:
        return sum(self.gap + self._wide(column) for column in columns)

    def _wide(self, column: int) -> int:
        return max(_cells(self.numbers[column]), *(_cells(row[column]) for _, row in self._all))

    def _named(self, width: int) -> int:
        """Return how wide the names may be: all of them, unless no number would fit beside it."""
        longest = max(_cells(self.head), *(_cells(name) for name, _ in self._all))
        widest = max(map(self._wide, range(len(self.numbers))), default=0)
        return min(longest, max(_LEAST_NAME, width - self.gap - widest))

    @property
    def _all(self) -> list[tuple[str, Sequence[str]]]:
        return [*self.rows, *self.last]

    def _table(self, width: int, columns: range, drawing: Drawing | None, room: int = 0) -> Table:
        made = Table(
            box=SIMPLE_HEAD,
            pad_edge=False,
            show_edge=False,
            header_style="dim",
            padding=(0, self.gap // 2, 0, (self.gap - 1) // 2),
        )
        drawn = drawing.draw(min(room, drawing.most)) if drawing else [""] * len(self._all)
        made.add_column(self.head, no_wrap=True, max_width=self._named(width))
        if drawing and not drawing.at_end:
            made.add_column(drawing.head, no_wrap=True)
        for column in columns:
            made.add_column(self.numbers[column], justify="right", overflow="fold")
        if drawing and drawing.at_end:
            made.add_column(drawing.head, no_wrap=True)
        for index, (name, row) in enumerate(self._all):
            if self.last and index == len(self.rows):
                made.add_section()
            cells = [row[column] for column in columns]
            if drawing:
                cells.insert(len(cells) if drawing.at_end else 0, drawn[index])
            made.add_row(name, *cells)
        return made


def _cells(markup: str) -> int:
    return Text.from_markup(markup).cell_len
