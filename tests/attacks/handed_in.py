"""Attacks by what is handed in: archives and folders that want to be unpacked elsewhere, fill the disk, or be run."""

import gzip
import io
import os
import stat
import struct
import tarfile
import warnings
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from attack import CNN, LAYERS, honest_files

__all__ = ["HANDED_IN", "HandIn"]

ZEROS = bytes(1 << 20)
#: writes where the test looks
TRACE = b"open('@OUTSIDE@/ran', 'w').close()\n"


@dataclass(frozen=True, slots=True)
class HandIn:
    """Something handed in, with an honest answer in it."""

    name: str
    #: what it must not achieve
    must_not: str
    #: makes it in a folder; returns its path
    make: Callable[[Path], Path]
    #: whether the honest answer is graded, with all its points; else the submission is refused in one sentence. None:
    #: either, since newer releases of Python refuse what older ones can read
    graded: bool | None = True
    #: whether only root can make it
    needs_root: bool = False


def as_folder(*more: tuple[str, bytes]) -> Callable[[Path], Path]:
    def make(root: Path) -> Path:
        for name, content in [*honest_files().items(), *more]:
            path = root / "sub" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.replace(b"@OUTSIDE@", str(root / "outside").encode()))
        return root / "sub"

    return make


def as_zip(*more: tuple[str | zipfile.ZipInfo, bytes], honest_last: bool = False) -> Callable[[Path], Path]:
    def make(root: Path) -> Path:
        members = [*honest_files().items(), *more]
        with zipfile.ZipFile(root / "sub.zip", "w", zipfile.ZIP_DEFLATED) as archive, warnings.catch_warnings():
            warnings.simplefilter("ignore")  # two members of one name
            for name, content in reversed(members) if honest_last else members:
                archive.writestr(name, content)
        return root / "sub.zip"

    return make


def as_tar(*more: tuple[tarfile.TarInfo, bytes]) -> Callable[[Path], Path]:
    def make(root: Path) -> Path:
        with tarfile.open(root / "sub.tar.gz", "w:gz") as archive:
            for name, content in honest_files().items():
                archive.addfile(_member(name, len(content)), io.BytesIO(content))
            for info, content in more:
                info.size = len(content)
                archive.addfile(info, io.BytesIO(content))
        return root / "sub.tar.gz"

    return make


def _member(name: str, size: int = 0, **fields: object) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.size = size
    for field, value in fields.items():
        setattr(info, field, value)
    return info


def _zip_bomb(root: Path) -> Path:
    path = as_zip()(root)
    with zipfile.ZipFile(path, "a") as archive:
        _add_zeros(archive, "data.bin", 2048)
    return path


def _bomb_as_answer(root: Path) -> Path:
    with zipfile.ZipFile(root / "sub.zip", "w") as archive:
        for name in (LAYERS, CNN):
            _add_zeros(archive, name, 512)
    return root / "sub.zip"


def _add_zeros(archive: zipfile.ZipFile, name: str, megabytes: int) -> None:
    """Adds a member of nothing but zeros, whose compressed form is written without compressing them all."""
    made = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    # What follows a full flush refers to nothing before it, so it may be repeated.
    megabyte = made.compress(ZEROS) + made.flush(zlib.Z_FULL_FLUSH)
    content, checksum = megabyte * megabytes + made.flush(), 0
    for _ in range(megabytes):
        checksum = zlib.crc32(ZEROS, checksum)
    member = zipfile.ZipInfo(name)
    with archive.open(member, "w", force_zip64=True) as file:
        file.write(content)
    # It was written as it is, "stored"; now the table of contents and the member's own header say what it is.
    member.compress_type, member.file_size, member.CRC = zipfile.ZIP_DEFLATED, megabytes * len(ZEROS), checksum
    assert archive.fp is not None
    archive.fp.seek(member.header_offset)
    archive.fp.write(member.FileHeader(zip64=True))
    archive.fp.seek(archive.start_dir)


def _tar_bomb(root: Path) -> Path:
    """A gzip file in many parts, which is read as one: each megabyte is compressed by itself."""
    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w") as archive:
        for name, content in honest_files().items():
            archive.addfile(_member(name, len(content)), io.BytesIO(content))
        plain.write(_member("data.bin", 1024 * len(ZEROS)).tobuf())
    # The end of a tar is zeros too.
    head = plain.getvalue().rstrip(b"\0")
    head += bytes(-len(head) % tarfile.BLOCKSIZE)
    path = root / "sub.tar.gz"
    path.write_bytes(gzip.compress(head) + gzip.compress(ZEROS) * 1025)
    return path


def _nested_bomb(root: Path) -> Path:
    content = ZEROS * 16
    for depth in range(6):
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
            for copy in range(10):
                archive.writestr(f"{depth}-{copy}.zip", content)
        content = buffer.getvalue()
    return as_zip(("inner.zip", content))(root)


def _overlapping(root: Path) -> Path:
    """A zip whose table of contents names one member a thousand times."""
    path = as_zip(("big.bin", ZEROS * 64))(root)
    data = path.read_bytes()
    start = struct.unpack_from("<I", data, data.rfind(b"PK\5\6") + 16)[0]
    table, end = data[start : data.rfind(b"PK\5\6")], bytearray(data[data.rfind(b"PK\5\6") :])
    count = 3000
    struct.pack_into("<HHI", end, 8, count, count, len(table) * count // 3)
    path.write_bytes(data[:start] + table * (count // 3) + end)
    return path


def _zip_link(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.create_system = 3
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    return info


def _links(root: Path) -> Path:
    folder = as_folder()(root)
    (folder / "passwd.py").symlink_to("/etc/passwd")
    (folder / "root").symlink_to("/")
    (folder / "self").symlink_to(folder)
    (folder / "loop").symlink_to("loop")
    os.mkfifo(folder / "pipe.py")
    return folder


def _answer_is_a_link(root: Path) -> Path:
    folder = as_folder()(root)
    (folder / LAYERS).unlink()
    (folder / LAYERS).symlink_to("/etc/passwd")
    (folder / CNN).unlink()
    (folder / CNN).symlink_to("/etc/passwd")
    return folder


def _device(root: Path) -> Path:
    folder = as_folder()(root)
    os.mknod(folder / "zero.py", stat.S_IFCHR | 0o666, os.makedev(1, 5))
    return folder


def _gigabyte(root: Path) -> Path:
    folder = as_folder()(root)
    for name in ("data.py", "data.npz"):
        with open(folder / name, "wb") as file:
            file.truncate(4 << 30)
    return folder


def _gigabyte_answer(root: Path) -> Path:
    folder = as_folder()(root)
    for name in (LAYERS, CNN):
        with open(folder / name, "wb") as file:
            file.truncate(4 << 30)
    return folder


def _many_files(root: Path) -> Path:
    folder = as_folder()(root)
    for number in range(4000):
        (folder / f"f{number}.py").write_bytes(b"")
    return folder


def _deep(root: Path) -> Path:
    folder, here = as_folder()(root), os.getcwd()
    try:
        os.chdir(folder)
        for _ in range(1500):
            os.mkdir("d")
            os.chdir("d")
    finally:
        os.chdir(here)
    return folder


ODD_NAMES = (
    "line\nbreak.py",
    "\x1b[2Jescape.py",
    "<script>alert(1)<.py",
    "=HYPERLINK(1).py",
    "::error::x.py",
    "\u202egnp.py",
    "a" * 200 + ".py",
    "-rf.py",
    "$(touch x).py",
    "`touch x`.py",
    "%s%n.py",
    "nul.py",
)
HIJACKERS = (
    ("conftest.py", TRACE),
    ("cs231n/conftest.py", TRACE),
    ("pytest.ini", b"[pytest]\naddopts = --collect-only -p evil\n"),
    ("tox.ini", b"[pytest]\naddopts = --collect-only\n"),
    ("setup.cfg", b"[tool:pytest]\naddopts = --collect-only\n"),
    ("pyproject.toml", b"[tool.pytest.ini_options]\naddopts = '--collect-only'\n"),
    ("grader.toml", b"sandbox = 'limits'\nseed = 1\n"),
    ("numpy.py", b"1 / 0"),
    ("random.py", b"1 / 0"),
    ("json.py", b"1 / 0"),
    ("struct.py", b"1 / 0"),
    ("sitecustomize.py", TRACE),
    ("usercustomize.py", TRACE),
    ("evil.pth", b"import os; os.system('true')\n"),
    ("grader/__init__.py", TRACE),
    ("reference/__init__.py", TRACE),
    ("test_2_pooling.py", TRACE + b"def test_max_pool_forward(): pass\n"),
    ("cs231n/__init__.py", TRACE + b"1 / 0"),
    ("cs231n/classifiers/__init__.py", TRACE + b"1 / 0"),
    ("cs231n/layer_utils.py", TRACE + b"1 / 0"),
    ("cs231n/fast_layers.py", b"raise SystemExit"),
    ("cs231n/layers.cpython-311-x86_64-linux-gnu.so", b"\x7fELF"),
    ("cs231n/__pycache__/layers.cpython-311.pyc", b"\xa7\r\r\n" + bytes(12) + b"evil"),
    (".git/hooks/post-checkout", b"#!/bin/sh\ntouch @OUTSIDE@/ran\n"),
    ("Makefile", b"all:\n\ttouch @OUTSIDE@/ran\n"),
)

HANDED_IN = [
    HandIn("honest-folder", "be treated as an attack", as_folder()),
    HandIn("honest-zip", "be treated as an attack", as_zip()),
    HandIn("honest-tar", "be treated as an attack", as_tar()),
    HandIn("zip-bomb", "be unpacked: two gigabytes in two megabytes", _zip_bomb),
    HandIn("zip-in-zip-in-zip", "be unpacked: 16 terabytes", _nested_bomb),
    HandIn("zip-that-overlaps", "be unpacked a thousand times", _overlapping, graded=None),
    HandIn("zip-bomb-in-an-answer", "be read into memory", _bomb_as_answer, graded=False),
    HandIn("tar-bomb", "be unpacked", _tar_bomb, graded=False),
    HandIn("zip-traversal", "write above its folder", as_zip(("../../outside/ran", b""), ("a/../../ran.py", b""))),
    HandIn(
        "zip-absolute",
        "write where it says",
        as_zip(("/tmp/ran.py", b""), ("C:\\ran.py", b""), ("\\\\host\\ran.py", b"")),
    ),
    HandIn(
        "tar-traversal",
        "write above its folder",
        as_tar((_member("../../outside/ran"), b"x"), (_member("/tmp/ran.py"), b"x")),
    ),
    HandIn("zip-link", "be followed", as_zip((_zip_link("passwd.py"), b"/etc/passwd"), (_zip_link("cs231n/x"), b"/"))),
    HandIn(
        "tar-links-and-devices",
        "be followed, or be made",
        as_tar(
            (_member("a.py", type=tarfile.SYMTYPE, linkname="/etc/passwd"), b""),
            (_member("b.py", type=tarfile.LNKTYPE, linkname="../../../etc/passwd"), b""),
            (_member("c.py", type=tarfile.CHRTYPE, devmajor=1, devminor=5), b""),
            (_member("d.py", type=tarfile.FIFOTYPE), b""),
            (_member("e", type=tarfile.SYMTYPE, linkname="/"), b""),
            (_member("e/tmp/ran.py"), b""),
        ),
    ),
    HandIn("folder-links-and-pipes", "be followed, or be waited for", _links),
    HandIn("answer-that-is-a-link", "show a file of the host", _answer_is_a_link, graded=False),
    HandIn("device-in-a-folder", "be read without end", _device, needs_root=True),
    HandIn("duplicate-members", "have two answers of one name", as_zip((LAYERS, b"1 / 0"), honest_last=True)),
    HandIn(
        "case-clash",
        "be one file for us and another for Python",
        as_zip((LAYERS.upper(), b"1 / 0"), ("CS231N/Layers.py", b"1 / 0")),
    ),
    HandIn("odd-names", "be more than names", as_zip(*((name, b"x = 1\n") for name in ODD_NAMES))),
    HandIn("odd-names-in-a-folder", "be more than names", as_folder(*((name, b"x\n") for name in ODD_NAMES))),
    HandIn("gigabytes-beside", "be read", _gigabyte),
    HandIn("gigabytes-as-answer", "be read", _gigabyte_answer, graded=False),
    HandIn("four-thousand-files", "take minutes", _many_files),
    HandIn("folders-in-folders", "end the reader's recursion", _deep),
    HandIn("hijackers", "be run by the grader, or stand in for its files", as_folder(*HIJACKERS)),
    HandIn("hijackers-in-a-zip", "be run by the grader, or stand in for its files", as_zip(*HIJACKERS)),
    HandIn("no-archive", "be opened", lambda root: _written(root / "sub.zip", b"PK\3\4" + bytes(100)), graded=False),
    HandIn("empty-archive", "be graded", lambda root: _written(root / "sub.zip", b"PK\5\6" + bytes(18)), graded=False),
    HandIn("executable", "be run", lambda root: _written(root / "sub", b"#!/bin/sh\ntouch ran\n"), graded=False),
]  # fmt: skip


def _written(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    path.chmod(0o755)
    return path
