"""What the kernel still holds of a connection that is gone."""

from __future__ import annotations

import os
import socket


class Remainder:
    """Read the rest of a lost connection from a duplicate of its descriptor.

    A write that meets a reset closes the transport while bytes the peer had sent before still
    wait in our kernel; a reset does not take them away, closing the descriptor would.
    """

    def __init__(self, descriptor: int) -> None:
        """Duplicate *descriptor*; raise OSError when it is not open any more."""
        self._socket = socket.socket(fileno=os.dup(descriptor))
        self._socket.settimeout(0)

    def read(self, most: int) -> bytes:
        """Return the next bytes, up to *most*, or nothing when the kernel has no more."""
        try:
            return self._socket.recv(most)
        except OSError:
            # Nothing left (EAGAIN), or the reset itself: it is reported once, after the data
            # or, if a write has met it already, not at all.
            return b""

    def close(self) -> None:
        """Let the descriptor go."""
        self._socket.close()
