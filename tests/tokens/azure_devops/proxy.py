"""A little forward proxy on loopback that knows CONNECT only."""

import socket
import threading
from contextlib import suppress


class ConnectProxy:
    """Opens a tunnel to whatever is asked for, or refuses with `status`."""

    def __init__(self, *, status: int = 200) -> None:
        self._status = status
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._threads: list[threading.Thread] = []
        self.asked: list[str] = []
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._run(self._accept)

    def stop(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join(20)

    def _run(self, target: object, *args: object) -> None:
        thread = threading.Thread(target=target, args=args, daemon=True)  # type: ignore[arg-type]
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                self._run(self._serve, self._listener.accept()[0])

    def _serve(self, inward: socket.socket) -> None:
        with inward, suppress(OSError):
            inward.settimeout(20)
            head = b""
            while not head.endswith(b"\r\n\r\n"):
                head += inward.recv(1)
            self.asked.append(head.decode().split("\r\n")[0])
            inward.sendall(f"HTTP/1.1 {self._status} Verdict\r\n\r\n".encode())
            if self._status == 200:
                host, _, port = head.split(b" ")[1].decode().partition(":")
                self._tunnel(inward, socket.create_connection((host, int(port)), timeout=20))

    def _tunnel(self, inward: socket.socket, outward: socket.socket) -> None:
        with outward:
            self._run(_pump, outward, inward)
            _pump(inward, outward)


def _pump(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while octets := source.recv(65_536):
            target.sendall(octets)
        target.shutdown(socket.SHUT_WR)
