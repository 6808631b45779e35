"""Runs ipykernel's shell without sockets: its messages go to a collector."""

import io
import sys
from functools import cache
from typing import Any

from ipykernel.ipkernel import IPythonKernel
from ipykernel.zmqshell import ZMQInteractiveShell
from jupyter_client.session import Session
from traitlets.config import Config

from grader.kernel.outputs import Collector

__all__ = ["make_shell", "use_streams", "warm_up"]


class _ToCollector(Session):
    """A session that sends nothing; each message is given to the collector."""

    collector: Collector | None = None

    def send(self, stream: Any, msg_or_type: Any, content: Any = None, *args: Any, **kwargs: Any) -> Any:
        """Gives one message to the collector."""
        message = msg_or_type if isinstance(msg_or_type, dict) else self.msg(msg_or_type, content)
        if self.collector is not None:
            self.collector.publish(str(message["header"]["msg_type"]), message["content"])
        return message


class _Shell(ZMQInteractiveShell):
    """The kernel's shell, whose plots are always pictures in the notebook."""

    def enable_gui(self, gui: Any = None) -> None:
        """Does nothing: there is no screen."""

    def enable_matplotlib(self, gui: Any = None) -> Any:
        """Draws into the notebook, whatever `%matplotlib` asks for."""
        return super().enable_matplotlib("inline")  # type: ignore[no-untyped-call]

    def magic(self, line: str) -> Any:
        """Runs a magic as older IPythons were told to, `get_ipython().magic("matplotlib inline")`."""
        name, _, rest = line.lstrip("% ").partition(" ")
        return self.run_line_magic(name, rest)


class _Kernel(IPythonKernel):
    """ipykernel's kernel with that shell; its sockets are never opened."""

    shell_class = _Shell


class _Stream(io.TextIOBase):
    """sys.stdout or sys.stderr of the cells."""

    def __init__(self, collector: Collector, name: str) -> None:
        self._collector = collector
        self._name = name

    @property
    def name(self) -> str:
        return f"<{self._name}>"

    @property
    def encoding(self) -> str:  # type: ignore[override]
        return "utf-8"

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text)}")
        self._collector.write(self._name, text)
        return len(text)

    def close(self) -> None:
        """Stays open: the cells after it print, too."""

    def isatty(self) -> bool:
        return False


def make_shell(collector: Collector) -> Any:
    """Returns the kernel's shell; its prints and displays go to the collector from now on.

    Side effects: sys.stdout, sys.stderr and input are the cells'.
    """
    kernel = _kernel()
    kernel.session.collector = collector
    shell: Any = kernel.shell
    shell.ask_exit = lambda: None
    # There is nobody to answer: input() raises at once.
    kernel._forward_input(False)
    use_streams(collector)
    return shell


def use_streams(collector: Collector) -> None:
    """Sends prints to the collector, also after a cell has closed or replaced the streams."""
    sys.stdout, sys.stderr = _Stream(collector, "stdout"), _Stream(collector, "stderr")


@cache
def _kernel() -> Any:
    config = Config()
    # No file and no thread: the process is forked.
    config.HistoryManager.enabled = False
    config.InteractiveShell.colors = "nocolor"
    kernel: Any = _Kernel(session=_ToCollector(key=b""), iopub_socket=None, config=config)  # type: ignore[no-untyped-call]
    kernel.shell.enable_matplotlib("inline")
    return kernel


def warm_up() -> None:
    """Makes the kernel and draws once, so that all of that is loaded and fonts are known."""
    _kernel()
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(1, 1))
    FigureCanvasAgg(figure)
    figure.add_subplot().plot([0, 1], label="x")
    figure.savefig(io.BytesIO(), format="png")
