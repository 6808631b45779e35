"""Takes from Python what Windows does not have, in every process that this folder is on the PYTHONPATH of.

Processes that are started without an environment (`python -I -S`) get it by what is put before their program.
"""

import contextlib
import importlib
import os
import signal
import socket
import subprocess
import sys

MODULES = ("resource", "fcntl", "pwd", "grp", "termios", "tty", "pty", "syslog")
#: these choose their way by the name of the system, and know Windows: they keep what they have found here
LIBRARIES = ("filelock", "platformdirs", "multiprocessing.resource_tracker")
OF_OS = (
    "fork forkpty killpg setsid setpgid getpgid setuid seteuid setreuid setresuid setgid setegid setregid setresgid "
    "getuid geteuid getgid getegid getgroups setgroups getresuid getresgid symlink chown fchown lchown fchmod mkfifo "
    "mknod chroot readv writev pread pwrite preadv pwritev wait wait3 wait4 waitid sysconf statvfs fstatvfs "
    "sched_getaffinity sched_setaffinity pidfd_open memfd_create openpty ttyname nice getloadavg "
    "WIFSIGNALED WIFEXITED WTERMSIG WEXITSTATUS O_NOFOLLOW O_DIRECTORY O_CLOEXEC O_NONBLOCK"
)
OF_SIGNAL = (
    "SIGKILL SIGXCPU SIGXFSZ SIGBUS SIGALRM SIGPROF SIGVTALRM SIGHUP SIGUSR1 SIGUSR2 SIGCHLD SIGSTOP SIGCONT SIGPIPE "
    "setitimer getitimer alarm pause pidfd_send_signal pthread_sigmask pthread_kill sigwait ITIMER_REAL ITIMER_PROF"
)


def main() -> None:
    """Takes it away, once for each process."""
    for name in LIBRARIES:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    for name in MODULES:
        sys.modules[name] = None
    _change_processes()
    for module, names in ((os, OF_OS), (signal, OF_SIGNAL)):
        for name in names.split():
            if hasattr(module, name):
                delattr(module, name)
    os.supports_dir_fd, os.supports_fd = frozenset(), frozenset()
    for name in ("AF_UNIX", "socketpair", "send_fds", "recv_fds"):
        if hasattr(socket, name):
            delattr(socket, name)
    _hide_proc()


def _change_processes() -> None:
    """Has each process that this one starts begin in the same way, and none inherit descriptors."""
    init, kill = subprocess.Popen.__init__, 9

    def start(self, args, *others, **options):
        for name in ("pass_fds", "preexec_fn", "user", "group", "extra_groups"):
            if options.get(name):
                raise ValueError(f"{name} is not supported on this platform")
        if isinstance(args, list) and "-c" in args and "-I" in args:
            place = args.index("-c") + 1
            first = f"exec(compile(open({__file__!r}, encoding='utf-8').read(), {__file__!r}, 'exec'))"
            args = [*args[:place], f"{first}\n{args[place]}", *args[place + 1 :]]
        init(self, args, *others, **options)

    subprocess.Popen.__init__ = start
    subprocess.Popen.kill = lambda self: self.send_signal(kill)


def _hide_proc() -> None:
    """Makes /proc look absent: audit hooks hear each way to a file."""

    def refuse(event, arguments):
        if event in ("open", "os.listdir", "os.scandir") and str(arguments[0]).startswith("/proc"):
            raise FileNotFoundError(2, "No such file or directory", arguments[0])

    sys.addaudithook(refuse)


main()
