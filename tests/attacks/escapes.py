"""Attacks on the wall itself: files, network, processes and the kernel. All compute the right answer, and tell how far
they got; at the two safe levels none gets in."""

from attack import SAFE, Attack

RIGHT = "\nreturn honest(x, pool_param)"


def reach(name: str, must_not: str, *attempts: str, top: str = "", **more: object) -> Attack:
    """Returns an attack that makes some attempts, each an expression."""
    body = "\n".join(f"attempt({text!r}, lambda: {text})" for text in attempts) + RIGHT
    return Attack(f"escape-{name}", must_not, body, top, "passed", tells=True, levels=SAFE, **more)  # type: ignore[arg-type]


LIBC = """
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
def call(number, *arguments):
    result = libc.syscall(number, *arguments)
    if result < 0:
        raise OSError(ctypes.get_errno(), "")
    return result
"""

ESCAPES = [
    reach(
        "read-the-host",
        "read a file of the host",
        *("open('/etc/passwd').read()", "open('/etc/hostname').read()", "open('@SECRET@').read()"),
        *(
            "os.listdir('/home')",
            "os.listdir('/root')",
            "os.listdir(os.path.expanduser('~root'))",
            "os.listdir('/etc')",
        ),
        *("open('/proc/1/environ').read()", "open('/proc/self/environ').read()", "os.listdir('/proc')"),
        *("open('/proc/self/mem', 'rb')", "os.listdir('/sys')", "os.listdir('/var/log')", "os.listdir('@TESTS@')"),
    ),
    reach(
        "read-the-solution",
        "read the reference, a golden or a check",
        *("__import__('reference')", "__import__('grader.assignment.golden_cases')", "__import__('grader.checks')"),
        *("__import__('pytest')", "open('@SOLUTION@').read()", "os.listdir('@CHECKS@')", "open('@GOLDENS@', 'rb')"),
        *("open('@GRADER_CODE@').read()", "__import__('click')"),
    ),
    reach(
        "read-by-a-link",
        "reach a file by a name inside",
        "os.symlink('@SECRET@', os.environ['TMPDIR'] + '/link') or open(os.environ['TMPDIR'] + '/link').read()",
        "os.link('@SECRET@', os.environ['TMPDIR'] + '/link')",
        "open(os.environ['TMPDIR'] + '/../../../../../../../..@SECRET@').read()",
        "open('/proc/self/root@SECRET@').read()",
        "os.open('@SECRET@', os.O_RDONLY, dir_fd=os.open('/', os.O_RDONLY))",
    ),
    reach(
        "environment",
        "see the grader's environment",
        "os.environ['GRADER_TEST_SECRET']",
        "[v for v in os.environ.values() if 'do-not-show' in v][0]",
    ),
    reach(
        "write-outside",
        "write, or change what is there",
        *(
            "open('@OUTSIDE@/new', 'w')",
            "open('@OPEN@', 'a').write('x')",
            "os.remove('@OPEN@')",
            "os.mkdir('@OUTSIDE@/d')",
        ),
        *(
            "os.truncate('@OPEN@', 0)",
            "os.chmod('@OPEN@', 0o777)",
            "os.utime('@OPEN@')",
            "os.rename('@OPEN@', '@OUTSIDE@/b')",
        ),
        *(
            "os.chown('@OPEN@', os.getuid(), os.getgid())",
            "os.setxattr('@OPEN@', 'user.a', b'b')",
            "open(__file__, 'a')",
        ),
        *("open(os.__file__, 'a')", "open(np.__file__, 'a')", "os.mkfifo('@OUTSIDE@/pipe')", "open('/dev/shm/x', 'w')"),
    ),
    reach(
        "submission-folder",
        "change its own files, or leave a .pyc for the next worker",
        "open(os.path.join(os.path.dirname(__file__), 'layers2.py'), 'w')",
        "os.remove(__file__)",
        "os.mkdir(os.path.join(os.path.dirname(__file__), '__pycache__'))",
    ),
    reach(
        "network",
        "reach a machine, not even this one",
        "socket.create_connection(('127.0.0.1', @PORT@), 1)",
        "socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('127.0.0.1', @PORT@))",
        "socket.socket(socket.AF_INET6, socket.SOCK_STREAM)",
        "socket.socket(socket.AF_INET, socket.SOCK_RAW, 1)",
        "socket.socket(socket.AF_NETLINK, socket.SOCK_RAW)",
        "socket.create_server(('127.0.0.1', 0))",
        "socket.gethostbyname('localhost.localdomain')",
        top="import socket",
    ),
    reach(
        "local-sockets",
        "speak to a program of the host",
        "socket.socket(socket.AF_UNIX).connect('@UNIX@')",
        "socket.socket(socket.AF_UNIX).connect('\\0@ABSTRACT@')",
        "socket.socket(socket.AF_VSOCK)",
        top="import socket",
    ),
    reach(
        "programs",
        "start a program",
        *("subprocess.run(['/bin/sh', '-c', 'echo'], check=True)", "os.execv('/bin/true', ['true'])"),
        *("subprocess.run([sys.executable, '-c', ''], check=True)", "1 / (os.system('true') == 0)"),
        "1 / (os.system('/bin/true') == 0)",
        top="import subprocess",
    ),
    reach(
        "other-processes",
        "see, signal or change another process",
        *("os.kill(@GRADER@, 0)", "open('/proc/@GRADER@/cmdline').read()", "os.readlink('/proc/@GRADER@/exe')"),
        *("resource.prlimit(@GRADER@, resource.RLIMIT_NOFILE, (3, 3))", "os.sched_setaffinity(@GRADER@, {0})"),
        *("os.setpriority(os.PRIO_PROCESS, @GRADER@, 19)", "os.pidfd_open(@GRADER@)", "call(101, 16, @GRADER@, 0, 0)"),
        *("call(310, @GRADER@, None, 0, None, 0, 0)", "call(312, @GRADER@, os.getpid(), 0, 0, 0)"),
        *("call(129, @GRADER@, 10, None)", "os.killpg(os.getpgid(@GRADER@), 0)"),
        top=LIBC + "import resource",
    ),
    reach(
        "signal-by-descriptor",
        "have the kernel send a signal for it",
        "fcntl.fcntl(0, fcntl.F_SETOWN, @GRADER@)",
        "fcntl.fcntl(0, fcntl.F_SETSIG, 9)",
        top="import fcntl",
    ),
    reach(
        "become-someone",
        "get rights back",
        *(
            "os.setuid(0)",
            "os.setresuid(0, 0, 0)",
            "os.setgid(0)",
            "os.setgroups([0])",
            "os.chroot('/tmp')",
            "os.nice(-5)",
        ),
        "call(126, b'\\x22\\x05\\x08\\x20' + bytes(4), b'\\xff' * 24)",
        top=LIBC,
    ),
    reach(
        "namespaces-and-mounts",
        "make a world of its own",
        *(
            "call(272, 0x10000000)",
            "call(272, 0x00020000)",
            "call(56, 0x10000011, 0, 0, 0, 0)",
            "call(435, bytes(88), 88)",
        ),
        *("call(165, b'none', b'/tmp', b'tmpfs', 0, None)", "call(166, b'/tmp', 2)", "call(308, 0, 0)"),
        *("call(430, b'tmpfs', 0)", "call(428, -100, b'/', 1)", "call(155, b'/tmp', b'/tmp')"),
        top=LIBC,
    ),
    reach(
        "kernel",
        "reach the parts of the kernel that are most often broken",
        *(
            "call(321, 0, bytes(64), 64)",
            "call(298, bytes(112), 0, -1, -1, 0)",
            "call(323, 0)",
            "call(425, 8, bytes(120))",
        ),
        *("call(250, 0, -3, 0, 0, 0)", "call(248, b'user', b'a', b'b', 1, -3)", "call(246, 0, 0, 0, 0)"),
        *("call(169, 0, 0, 0, 0)", "call(103, 3, bytes(10), 10)", "call(175, b'', 0, b'')", "call(135, 0x0040000)"),
        *("call(304, -100, bytes(20), 0)", "call(300, 0, 0)", "call(253)", "call(437, -100, b'/', bytes(24), 24)"),
        top=LIBC,
    ),
    reach(
        "lasting-memory",
        "leave memory behind that no process owns",
        *("call(29, 0x5EC0, 4096, 0o1666)", "call(64, 0x5EC0, 1, 0o1666)", "call(68, 0x5EC0, 0o1666)"),
        *("call(319, b'x', 0)", "call(240, b'/grader-test', 0o102, 0o666, None)", "call(447, 0)"),
        top=LIBC,
    ),
    Attack(
        "escape-old-numbering",
        "pass the filter by another numbering of the calls",
        "attempt('x32', lambda: call(0x40000000 + 41, 2, 1, 0))" + RIGHT,
        LIBC,
        ("crashed", "passed"),
        "SIGSYS|^$",
        levels=SAFE,
        tells=True,
    ),
    reach(
        "terminal",
        "type into the grader's terminal",
        "fcntl.ioctl(0, termios.TIOCSTI, b'x')",
        "open('/dev/tty', 'w').write('x')",
        "os.open('/dev/pts/0', os.O_RDWR)",
        top="import fcntl, termios",
    ),
    reach(
        "devices",
        "make or open a device",
        *("os.mknod(os.environ['TMPDIR'] + '/sda', 0o60666, os.makedev(8, 0))", "open('/dev/sda', 'rb')"),
        *("open('/dev/mem', 'rb')", "open('/dev/kvm', 'rb')", "open('/dev/fuse', 'rb')", "open('/dev/vda', 'rb')"),
    ),
    reach(
        "descriptors",
        "find something useful among what it inherited",
        "[fd for fd in range(3, 64) if readable(fd)][0]",
        top="""
            import stat
            def readable(fd):
                try:
                    kind = os.fstat(fd).st_mode
                except OSError:
                    return False
                return stat.S_ISREG(kind) or stat.S_ISDIR(kind) or stat.S_ISCHR(kind)
            """,
    ),
]
