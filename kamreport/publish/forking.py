"""Children of the template: kernels and printers that start in milliseconds.

`Template` starts the process of `kamreport.publish.template` and asks it for children; `ForkProvisioner` makes kernels
of them for any Jupyter client whose environment names it and the template's address:
``JUPYTER_DEFAULT_PROVISIONER_NAME=kamreport-fork`` and ``KAMREPORT_TEMPLATE=...``.
"""

import os
import pickle
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from typing import Any

from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.provisioning.local_provisioner import LocalProvisioner

from kamreport.errors import PrintError
from kamreport.publish.template import READY, receive, run_kernel

__all__ = ["ADDRESS", "ChildDied", "Fork", "ForkProvisioner", "Template", "TemplateGone", "available"]

ADDRESS = "KAMREPORT_TEMPLATE"
_WARM_UP_SECONDS = 120
_CLOSE_SECONDS = 5
_KILL_SECONDS = 2


class TemplateGone(Exception):
    """There is no template to fork from; the text says why."""


class ChildDied(Exception):
    """A child ended without an answer.

    Attributes
    ----------
    status
        Its exit status; the negative number of the signal that killed it.
    """

    def __init__(self, status: int) -> None:
        super().__init__(f"status {status}")
        self.status = status


def available() -> bool:
    """Say whether processes can be forked here without harm: on Linux, where one thread is all there is."""
    return sys.platform == "linux"


class Fork:
    """A child of the template; what `subprocess.Popen` is to a process of our own.

    Parameters
    ----------
    address
        The template's socket.
    function, arguments
        What the child is to call.
    answer
        A file descriptor to which it writes what came of it; none for a kernel.

    Raises
    ------
    TemplateGone
        If the template does not answer.
    """

    stdin = stdout = stderr = None

    def __init__(
        self, address: str, function: Callable[..., Any], arguments: tuple[Any, ...], answer: int | None = None
    ) -> None:
        self.returncode: int | None = None
        self._said = b""
        self._connection = socket.socket(socket.AF_UNIX)
        try:
            self._connection.connect(address)
            while not self._said.endswith(b"\n"):
                self._said += receive(self._connection, 1)[0]
            self.pid = int(self._said)
            self._said = b""
            request = pickle.dumps((function, arguments))
            files = [] if answer is None else [answer]
            socket.send_fds(self._connection, [len(request).to_bytes(8, "big")], files)
            self._connection.sendall(request)
        except (OSError, EOFError) as error:
            self._connection.close()
            raise TemplateGone(f"the template does not answer: {type(error).__name__}") from None

    def poll(self) -> int | None:
        """Exit status; None while it runs."""
        if self.returncode is None and select.select([self._connection], [], [], 0)[0]:
            self._listen()
        return self.returncode

    def wait(self, timeout: float | None = None) -> int | None:
        """Wait for its end, or so many seconds."""
        until = None if timeout is None else time.monotonic() + timeout
        while self.returncode is None:
            left = None if until is None else until - time.monotonic()
            if left is not None and left < 0:
                break
            if select.select([self._connection], [], [], left)[0]:
                self._listen()
        return self.returncode

    def _listen(self) -> None:
        with suppress(OSError):
            if said := self._connection.recv(64):
                self._said += said
                if not said.endswith(b"\n"):
                    return
        if self._said.endswith(b"\n"):
            self.returncode = int(self._said)
        else:
            # A template that has gone takes its children with it, but not what they have started.
            self.returncode = -signal.SIGKILL
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self.pid, signal.SIGKILL)
        self._connection.close()

    def send_signal(self, number: int) -> None:
        """Send a signal to it and to all that it has started."""
        if self.poll() is None:
            with suppress(ProcessLookupError):
                os.killpg(self.pid, number)

    def kill(self) -> None:
        """End it with all that it has started."""
        self.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)


class Template:
    """A template process and its socket.

    Parameters
    ----------
    folder
        Private, for the socket; short, because the path of a socket may have 107 bytes at most.
    environment
        The whole environment of the template and of what it forks.
    warm_up
        ``module:function``, called in the template before it forks.
    """

    def __init__(self, folder: Path, environment: Mapping[str, str], warm_up: str) -> None:
        self.address = str(folder / "template")
        command = [sys.executable, "-m", "kamreport.publish.template", warm_up, self.address]
        self._process = subprocess.Popen(  # noqa: S603 - our own interpreter
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=dict(environment), cwd=folder,
            start_new_session=True,
        )  # fmt: skip

    def wait_until_ready(self) -> None:
        """Wait until it can fork.

        Raises
        ------
        PrintError
            If it found that nothing can be printed here, and why.
        TemplateGone
            If it cannot fork; what it has to say of that, it has said on standard error.
        """
        assert self._process.stdout is not None
        readable = select.select([self._process.stdout], [], [], _WARM_UP_SECONDS)[0]
        said = self._process.stdout.readline() if readable else b""
        if said == READY:
            return
        self.close()
        if said:
            raise PrintError(said.decode().rstrip("\n"))
        raise TemplateGone("the template could not be warmed up")

    def call(
        self,
        function: Callable[..., Any],
        *arguments: Any,
        watch: Callable[[Fork], AbstractContextManager[None]],
    ) -> Any:
        """Call a function in a child.

        Parameters
        ----------
        function
            Of a module; it, its arguments and its answer are pickled.
        watch
            Gives a context, for the child, in which its answer is waited for.

        Raises
        ------
        ChildDied
            If the child ended without an answer; whatever the function raises is raised here.
        """
        readable, writable = os.pipe()
        with os.fdopen(readable, "rb") as answer:
            try:
                child = Fork(self.address, function, arguments, writable)
            finally:
                os.close(writable)
            with watch(child):
                content = answer.read()
                status = child.wait()
        if status != 0:
            raise ChildDied(status or 0)
        good, value = pickle.loads(content)  # noqa: S301 - of our own function in our own child
        if not good:
            raise value
        return value

    def close(self) -> None:
        """End it, and with it all children that are left."""
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with suppress(OSError):
                    pipe.close()
        try:
            self._process.wait(_CLOSE_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


class ForkProvisioner(LocalProvisioner):
    """Jupyter's local provisioner, whose kernels are forked where a template is at hand, and else started anew.

    Attributes
    ----------
    status
        How the kernel ended, as `ChildDied.status`; None while it runs.
    """

    process: Any
    pid: int | None
    pgid: int | None
    status: int | None = None

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:
        """Fork a kernel; see `jupyter_client.provisioning.LocalProvisioner`."""
        address = os.environ.get(ADDRESS, "")
        try:
            if not address:
                raise TemplateGone
            self.process = Fork(address, run_kernel, (cmd, kwargs.get("cwd") or str(Path.cwd()), kwargs["env"]))
        except TemplateGone:
            return await super().launch_kernel(cmd, **kwargs)
        self.pid = self.pgid = self.process.pid
        return self.connection_info

    async def poll(self) -> int | None:
        """Give the exit status, None while it runs, and remember it."""
        ended = await super().poll()
        if self.process is not None and ended is not None:
            self.status = ended
        return ended

    async def kill(self, restart: bool = False) -> None:
        """End the kernel with all that it has started, and wait for it, which takes milliseconds."""
        await super().kill(restart)
        if isinstance(self.process, Fork):
            self.process.wait(_KILL_SECONDS)
