"""`tallymark.lite` behind TMC/1: `python -m tallymark_conformance.adapters.lite`."""

from __future__ import annotations

import json
import os
import sys
from typing import Any, Final

from tallymark.lite import NAME, Lite, Wire

from tallymark_protocol import SPEC_VERSION

Fields = dict[str, Any]
TIMEOUT_MS: Final = 10_000
REFUSED: Final = frozenset(
    ("overflow", "consent", "when_unknown", "gpc", "ip", "drop_events", "break_hook", "sigterm")
)
"""Options of larger SDKs; when to send is not among them: a device sends when it is told to."""


class Session:
    """The clients of this process by name."""

    def __init__(self) -> None:
        """Begin without any."""
        self.clients: dict[str, Lite] = {}

    def hello(self, _request: Fields) -> Fields:
        """Say who we are."""
        name, _, version = NAME.partition("/")
        return {
            "name": name,
            "version": version,
            "language": "python",
            "platform": "device",
            "spec": SPEC_VERSION,
            "capabilities": ["track", "stats", "spool"],
        }

    def create(self, request: Fields) -> Fields | None:
        """Make a client, a device with a name of its own unless a file remembers its boots."""
        config = request["config"]
        if REFUSED & config.keys():
            return None
        spool = config.get("spool_dir")
        if spool:
            os.makedirs(spool, exist_ok=True)  # noqa: PTH103 (the name goes on as text)
        device = "lite-1" if spool else f"lite-{os.urandom(6).hex()}"
        self.clients[request["client"]] = Lite(
            config["key"],
            config["url"],
            device,
            file=f"{spool}/lite.json" if spool else None,
            limit=config.get("queue_max", 500),
            batch=config.get("max_events", 50),
            send=Wire(config["url"], config.get("timeout_ms", TIMEOUT_MS)).send,
        )
        return {}

    def call(self, request: Fields) -> Fields | None:
        """Record an event."""
        args = request["args"]
        if request["method"] != "track" or args.keys() - {"name", "properties", "user"}:
            return None
        client = self.clients[request["client"]]
        return {"id": client.track(args["name"], args.get("properties"), args.get("user"))}

    def flush(self, request: Fields) -> Fields:
        """Send what waits."""
        return {"complete": self.clients[request["client"]].flush(request["timeout_ms"] / 1000)}

    def close(self, request: Fields) -> Fields:
        """End a client."""
        return {"complete": self.clients[request["client"]].close(request["timeout_ms"] / 1000)}

    def stats(self, request: Fields) -> Fields:
        """Tell what became of a client's events."""
        client = self.clients[request["client"]]
        return {**client.stats(), "trouble": client.trouble}


def main() -> None:
    """Answer requests until the input ends."""
    session = Session()
    for line in sys.stdin:
        request = json.loads(line)
        operation = getattr(session, request["op"], None)
        reply: Fields = {"unsupported": True}
        if operation is not None:
            try:
                found = operation(request)
                reply = reply if found is None else {"ok": found}
            except Exception as error:  # noqa: BLE001 (the suite is told, whatever it was)
                reply = {"error": f"{type(error).__name__}: {error}"}
        sys.stdout.write(json.dumps({"id": request["id"], **reply}) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
