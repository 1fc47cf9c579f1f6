"""How a command fails: what happened, with which value, and what to do; and the exit codes."""

from __future__ import annotations

from typing import Final

DONE: Final = 0
FAILED: Final = 1
WRONG_USE: Final = 2
UNREACHABLE: Final = 3
INTERRUPTED: Final = 130
BROKEN_PIPE: Final = 141

EXIT_CODES: Final = (
    "Exit codes: 0 done, 1 could not be done (the message says why), 2 wrong use of the command "
    "line, 3 the collector or its data cannot be reached, 130 interrupted."
)


class Failure(Exception):  # noqa: N818 -- it is the command that fails
    """Stop a command: `detail` says what happened with which value, `advice` what to do."""

    def __init__(
        self,
        detail: str,
        advice: str = "",
        *,
        code: str = "failed",
        path: str | None = None,
        exit_code: int = FAILED,
    ) -> None:
        """Keep what is to be said."""
        super().__init__(detail)
        self.detail = detail
        self.advice = advice
        self.code = code
        self.path = path
        self.exit_code = exit_code


def exit_code_of(code: str) -> int:
    """Return the exit code for a problem: a question that cannot be asked is wrong use."""
    return WRONG_USE if code == "bad_question" else FAILED
