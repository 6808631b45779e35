"""A tree is read from folders, zips and tars alike; hostile and broken ones end in a sentence, never in a crash."""

import bz2
import gzip
import io
import lzma
import os
import stat
import tarfile
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from grader.model.errors import UnusableSubmission
from grader.reading.archives import ReadLimits, Tree, read_tree, shown

FILES = {"cs231n/layers.py": b"a = 1\n", "cs231n/classifiers/cnn.py": b"b = 2\n"}


def make_zip(path: Path, members: list[tuple[str, bytes]], **options: int) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            info = zipfile.ZipInfo(name)
            info.compress_type = zipfile.ZIP_DEFLATED
            for key, value in options.items():
                setattr(info, key, value)
            archive.writestr(info, content)
    return path


def tar_bytes(members: list[tuple[str, bytes]], kind: bytes = tarfile.REGTYPE, linkname: str = "") -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, content in members:
            info = tarfile.TarInfo(name)
            info.type, info.linkname = kind, linkname
            info.size = len(content) if kind == tarfile.REGTYPE else 0
            archive.addfile(info, io.BytesIO(content))
    return buffer.getvalue()


def make_tar(path: Path, members: list[tuple[str, bytes]], **options) -> Path:
    path.write_bytes(tar_bytes(members, **options))
    return path


def make_folder(path: Path, members: list[tuple[str, bytes]]) -> Path:
    for name, content in members:
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_bytes(content)
    return path


@pytest.mark.parametrize("pack", [bytes, gzip.compress, bz2.compress, lzma.compress], ids=["tar", "gz", "bz2", "xz"])
def test_tar_is_read_however_it_is_compressed(tmp_path, pack):
    path = tmp_path / "hw.bin"
    path.write_bytes(pack(tar_bytes(list(FILES.items()))))
    assert read_tree(path) == Tree(dict(sorted(FILES.items())))


@pytest.mark.parametrize("make", [make_zip, make_tar, make_folder])
def test_folder_zip_and_tar_give_the_same_tree(tmp_path, make):
    members = [*FILES.items(), ("notes.txt", b"?"), ("a.ipynb", b"{}")]
    tree = read_tree(make(tmp_path / "hw", members))
    assert tree == Tree(dict(sorted([*FILES.items(), ("a.ipynb", b"{}")])), others=("notes.txt",), n_others=1)


def test_single_source_file_is_a_tree(tmp_path):
    (tmp_path / "layers.py").write_bytes(b"x = 1\n")
    assert read_tree(tmp_path / "layers.py").files == {"layers.py": b"x = 1\n"}


@pytest.mark.parametrize("make", [make_zip, make_tar, make_folder])
@pytest.mark.parametrize(
    "name",
    [
        "__MACOSX/cs231n/._layers.py",
        ".git/hooks/layers.py",
        "cs231n/.ipynb_checkpoints/layers.py",
        "cs231n/__pycache__/layers.py",
        ".layers.py",
        "venv/lib/layers.py",
        "x/site-packages/layers.py",
    ],
)
def test_hidden_and_foreign_folders_are_passed_over(tmp_path, make, name):
    assert read_tree(make(tmp_path / "hw", [*FILES.items(), (name, b"bad")])) == Tree(dict(sorted(FILES.items())))


@pytest.mark.parametrize("make", [make_zip, make_tar, make_folder])
def test_virtual_environment_is_known_by_its_marker(tmp_path, make):
    members = [("mine/pyvenv.cfg", b""), ("mine/lib/layers.py", b"bad"), ("cs231n/layers.py", b"good")]
    assert read_tree(make(tmp_path / "hw", members)).files == {"cs231n/layers.py": b"good"}


@pytest.mark.parametrize("make", [make_zip, make_tar])
@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("../../layers.py", "leads out"),
        ("/etc/layers.py", "leads out"),
        ("C:\\work\\layers.py", "leads out"),
        ("cs231n/..\\..\\layers.py", "leads out"),
        ("lay\ners.py", "control characters"),
        ("lay\u202eers.py", "control characters"),
        ("x" * 300 + ".py", "too long"),
        ("x/" * 50 + "layers.py", "too long"),
    ],
)
def test_hostile_name_is_left_out_with_a_note(tmp_path, make, name, words):
    tree = read_tree(make(tmp_path / "hw", [(name, b"bad"), *FILES.items()]))
    assert tree.files == FILES
    assert words in tree.notes[0]
    assert tree.notes[0].isprintable()


def test_backslashes_of_windows_archivers_are_folders(tmp_path):
    path = make_zip(tmp_path / "hw.zip", [("cs231n\\layers.py", b"a")])
    assert list(read_tree(path).files) == ["cs231n/layers.py"]


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("make", [make_zip, make_tar])
def test_last_of_two_members_with_one_name_wins(tmp_path, make):
    tree = read_tree(make(tmp_path / "hw", [("layers.py", b"old"), ("./layers.py", b"mid"), ("layers.py", b"new")]))
    assert tree.files == {"layers.py": b"new"}
    assert tree.notes == ("layers.py is there twice; the last one counts.",)


@pytest.mark.parametrize("names", [("Layers.py", "layers.py"), ("layers.py", "LAYERS.py")])
def test_lower_case_wins_a_case_clash(tmp_path, names):
    tree = read_tree(make_zip(tmp_path / "hw.zip", [(name, name.encode()) for name in names]))
    assert tree.files == {"layers.py": b"layers.py"}
    assert "differs from it in case only" in tree.notes[0]


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE])
def test_tar_links_and_devices_are_left_out(tmp_path, kind):
    path = make_tar(tmp_path / "hw.tar", [("layers.py", b"")], kind=kind, linkname="/etc/passwd")
    tree = read_tree(path)
    assert tree.files == {}
    assert tree.notes[0] in ("layers.py was left out: it is a link.", "layers.py was left out: it is a device.")


def test_zip_link_is_left_out(tmp_path):
    path = make_zip(tmp_path / "hw.zip", [("layers.py", b"/etc/passwd")], external_attr=(stat.S_IFLNK | 0o777) << 16)
    assert read_tree(path).notes == ("layers.py was left out: it is a link.",)


def test_folder_links_and_pipes_are_left_out(tmp_path):
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret" / "cnn.py").write_bytes(b"secret")
    folder = make_folder(tmp_path / "hw", [("ok.py", b"")])
    (folder / "layers.py").symlink_to(tmp_path / "secret" / "cnn.py")
    (folder / "linked").symlink_to(tmp_path / "secret")
    (folder / "loop").symlink_to(folder)
    os.mkfifo(folder / "pipe.py")
    tree = read_tree(folder)
    assert tree.files == {"ok.py": b""}
    assert tree.notes == (
        "layers.py was left out: it is a link.",
        "pipe.py was left out: it is not a regular file.",
        "linked was left out: it is a link.",
        "loop was left out: it is a link.",
    )


@pytest.mark.parametrize("swapped", ["cs231n/layers.py", "cs231n"])
@pytest.mark.parametrize("opens_before", range(4))
def test_link_put_in_place_while_reading_is_not_followed(tmp_path, monkeypatch, swapped, opens_before):
    make_folder(tmp_path / "other", [("layers.py", b"another's"), ("cs231n/layers.py", b"another's")])
    folder = make_folder(tmp_path / "hw", [("cs231n/layers.py", b"own")])
    real_open, opened = os.open, []

    def swap(path, flags, *rest, dir_fd=None):
        opened.append(path)
        if len(opened) == opens_before + 1:
            (folder / swapped).rename(tmp_path / "away")
            (folder / swapped).symlink_to(tmp_path / "other" / swapped)
        return real_open(path, flags, *rest, dir_fd=dir_fd)

    monkeypatch.setattr("grader.reading.beneath.os.open", swap)
    assert b"another's" not in read_tree(folder).files.values()
    assert len(opened) > opens_before or opens_before > 1  # a link is seen earlier, so that less is opened


@pytest.mark.parametrize("make", [make_zip, make_tar])
def test_links_of_any_kind_in_an_archive_are_named(tmp_path, make):
    if make is make_zip:
        info = zipfile.ZipInfo("cs231n")
        info.external_attr = 0o120777 << 16
        with zipfile.ZipFile(tmp_path / "hw", "w") as archive:
            archive.writestr(info, "../other")
            archive.writestr("layers.py", b"own")
    else:
        with tarfile.open(tmp_path / "hw", "w") as archive:
            for name, kind in [("cs231n", tarfile.SYMTYPE), ("hard.zip", tarfile.LNKTYPE)]:
                info = tarfile.TarInfo(name)
                info.type, info.linkname = kind, "../other"
                archive.addfile(info)
            info = tarfile.TarInfo("layers.py")
            info.size = 3
            archive.addfile(info, io.BytesIO(b"own"))
    tree = read_tree(tmp_path / "hw")
    assert tree.files == {"layers.py": b"own"}
    assert "cs231n was left out: it is a link." in tree.notes
    assert make is make_zip or "hard.zip was left out: it is a link." in tree.notes


def test_links_in_a_virtual_environment_are_not_worth_a_note(tmp_path):
    folder = make_folder(tmp_path / "hw", [("layers.py", b""), ("env3/pyvenv.cfg", b"")])
    (folder / "env3" / "lib64").symlink_to("lib")
    assert read_tree(folder).notes == ()


@pytest.mark.parametrize("linked", ["class/hw", "class/hw/attempt_2", "class/hw/attempt_2/layers.py"])
def test_below_the_folder_of_a_class_no_link_is_followed(tmp_path, linked):
    make_folder(tmp_path / "other", [("layers.py", b"another's"), ("attempt_2/layers.py", b"another's")])
    make_folder(tmp_path / "class" / "hw", [("attempt_2/layers.py", b"own"), ("attempt_2/cnn.py", b"own")])
    (tmp_path / linked).rename(tmp_path / "away")
    (tmp_path / linked).symlink_to(tmp_path / "other" / linked.removeprefix("class/hw").lstrip("/"))
    if linked.endswith(".py"):
        tree = read_tree(tmp_path / linked.rpartition("/")[0], within=tmp_path / "class")
        assert tree.files == {"cnn.py": b"own"}
        assert tree.notes == ("layers.py was left out: it is a link.",)
        return
    with pytest.raises(UnusableSubmission, match="is a link, and links are not followed"):
        read_tree(tmp_path / "class" / "hw" / "attempt_2", within=tmp_path / "class")


def test_folder_of_a_class_may_be_a_link(tmp_path):
    make_folder(tmp_path / "real" / "hw", [("layers.py", b"own")])
    (tmp_path / "class").symlink_to(tmp_path / "real")
    assert read_tree(tmp_path / "class" / "hw", within=tmp_path / "class").files == {"layers.py": b"own"}


def test_submission_that_is_itself_a_link_is_read(tmp_path):
    make_folder(tmp_path / "real", [("layers.py", b"")])
    (tmp_path / "link").symlink_to(tmp_path / "real")
    assert list(read_tree(tmp_path / "link").files) == ["layers.py"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_unreadable_file_and_folder_are_notes(tmp_path):
    folder = make_folder(tmp_path / "hw", [("a.py", b""), ("deep/b.py", b""), ("c.py", b"")])
    (folder / "a.py").chmod(0)
    (folder / "deep").chmod(0)
    tree = read_tree(folder)
    (folder / "deep").chmod(0o700)
    assert tree.files == {"c.py": b""}
    assert set(tree.notes) == {
        "a.py was left out: permission denied.",
        "The folder deep cannot be read: permission denied.",
    }


def test_refused_permission_is_a_note(tmp_path, monkeypatch):
    folder = make_folder(tmp_path / "hw", [("a.py", b""), ("deep/b.py", b"")])
    real_open, refused = os.open, {"a.py", "deep"}

    def refuse(path, *rest, **named):
        if str(path) in refused:
            raise PermissionError(13, "Permission denied", path)
        return real_open(path, *rest, **named)

    monkeypatch.setattr("grader.reading.beneath.os.open", refuse)
    assert read_tree(folder).notes == (
        "a.py was left out: permission denied.",
        "The folder deep cannot be read: permission denied.",
    )
    refused.add(str(folder))
    with pytest.raises(UnusableSubmission, match=r"hw cannot be read \(permission denied\); check the path"):
        read_tree(folder)


@pytest.mark.parametrize("make", [make_zip, make_tar, make_folder])
def test_oversized_source_is_listed_and_left_out(tmp_path, make):
    tree = read_tree(
        make(tmp_path / "hw", [("layers.py", b"#" * 11), ("cnn.py", b"#" * 10)]), ReadLimits(source_bytes=10)
    )
    assert (list(tree.files), tree.oversized) == (["cnn.py"], ("layers.py",))
    assert tree.notes == ("layers.py was left out: it is larger than 1e-05 MB.",)


@pytest.mark.parametrize(
    ("limits", "words"),
    [
        (ReadLimits(members=1), "holds more than 1 files"),
        (ReadLimits(files=1), "holds more than 1 Python files and notebooks"),
        (ReadLimits(kept_bytes=1_000), "holds more than 0.001 MB of Python files"),
        (ReadLimits(unpacked_bytes=1_000), "unpacks to more than 0.001 MB"),
        (ReadLimits(seconds=-1), "takes more than -1 s to read"),
    ],
)
@pytest.mark.parametrize("make", [make_zip, make_tar, make_folder])
def test_submission_past_a_limit_is_refused(tmp_path, make, limits, words):
    path = make(tmp_path / "hw", [("a.py", b"x" * 900), ("b.py", b"y" * 900)])
    with pytest.raises(UnusableSubmission, match=f"hw {words}.*; hand in the assignment's code alone"):
        read_tree(path, limits)


def test_tar_bomb_beside_the_code_is_not_unpacked(tmp_path):
    path = tmp_path / "hw.tar.gz"
    path.write_bytes(gzip.compress(tar_bytes([("data.bin", bytes(40_000_000)), ("layers.py", b"")])))
    with pytest.raises(UnusableSubmission, match="unpacks to more than 20 MB"):
        read_tree(path, ReadLimits(unpacked_bytes=20_000_000))


def test_zip_bomb_in_a_source_file_is_read_up_to_the_limit(tmp_path):
    tree = read_tree(make_zip(tmp_path / "hw.zip", [("layers.py", bytes(30_000_000))]))
    assert tree.oversized == ("layers.py",)


def test_zip_with_a_giant_table_of_contents_is_refused(tmp_path, monkeypatch):
    path = make_zip(tmp_path / "hw.zip", [(f"{i:05}" + "x" * 200, b"") for i in range(50)])
    monkeypatch.setattr("grader.reading.members.MAX_ZIP_READ", 10_000)
    with pytest.raises(
        UnusableSubmission, match=r"hw.zip is damaged or not complete \(a header or list of files is too long\)"
    ):
        read_tree(path)


def test_tar_header_that_asks_for_much_memory_is_refused(tmp_path):
    info = tarfile.TarInfo("x")
    info.type, info.size = tarfile.XHDTYPE, 1 << 32
    (tmp_path / "hw.tar").write_bytes(info.tobuf() + bytes(2048))
    with pytest.raises(UnusableSubmission, match="a header or list of files is too long"):
        read_tree(tmp_path / "hw.tar")


@pytest.mark.parametrize("size", [-512, -1024, -(1 << 40)])
def test_tar_that_leads_backwards_is_refused(tmp_path, size):
    info = tarfile.TarInfo("x.py")
    header = bytearray(info.tobuf(tarfile.GNU_FORMAT))
    header[124:136] = b"\xff" + (256**11 + size).to_bytes(11, "big")
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    (tmp_path / "hw.tar").write_bytes(bytes(header) + bytes(1024))
    with pytest.raises(UnusableSubmission, match="damaged"):
        read_tree(tmp_path / "hw.tar")


def test_archive_inside_is_opened_where_no_python_is_beside_it(tmp_path):
    inner = make_zip(tmp_path / "code.zip", list(FILES.items())).read_bytes()
    outer = make_folder(tmp_path / "ada", [("code.zip", inner), ("report.pdf", b"%PDF")])
    assert list(read_tree(outer).files) == ["code.zip/cs231n/classifiers/cnn.py", "code.zip/cs231n/layers.py"]
    (outer / "layers.py").write_bytes(b"")
    assert list(read_tree(outer).files) == ["layers.py"]


def test_archives_in_archives_end_at_a_depth(tmp_path):
    content = make_zip(tmp_path / "0.zip", list(FILES.items())).read_bytes()
    for depth in range(1, 4):
        content = make_zip(tmp_path / f"{depth}.zip", [(f"{depth}.zip", content)]).read_bytes()
        tree = read_tree(tmp_path / f"{depth}.zip")
        assert len(tree.files) == (2 if depth <= 2 else 0)
    assert tree.notes == ("3.zip/2.zip/1.zip was not opened: too many archives inside each other.",)


def test_broken_or_large_archive_inside_is_a_note(tmp_path):
    folder = make_folder(tmp_path / "ada", [("a.zip", b"PK\3\4"), ("b.zip", b"x" * 101), ("c.zip", b"<html>")])
    assert read_tree(folder, ReadLimits(nested_bytes=100)).notes == (
        "a.zip is damaged or not complete (file is not a zip file); make the archive again, of the code alone.",
        "b.zip was not opened: it is larger than 0.0001 MB.",
        "c.zip is not a zip or tar archive; hand in a folder, a zip, a tar.gz or the .py files.",
    )


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("hw.rar", b"Rar!\x1a\x07", "hw.rar is a RAR archive; hand in a folder, a zip"),
        ("hw.7z", b"7z\xbc\xaf\x27\x1c", "is a 7z archive"),
        ("hw.pdf", b"%PDF-1.5", "is a PDF"),
        ("hw.zip", b"", "is an empty file"),
        ("hw.zip", b"<!DOCTYPE html>", "is not a zip or tar archive"),
        ("hw.txt", b"hello", "is not a zip or tar archive"),
        ("hw.zip", b"PK\3\4" + bytes(100), r"damaged or not complete \(file is not a zip file\)"),
        ("hw.tar", b"hello", r"damaged or not complete"),
        ("hw.tar", tar_bytes([("layers.py", b"x" * 2000)])[:1500], "unexpected end of data"),
        ("hw.tar.gz", gzip.compress(tar_bytes([("layers.py", os.urandom(9000))]))[:5000], "damaged"),
        ("hw.tar.gz", gzip.compress(b"not a tar", mtime=0), "damaged"),
        ("hw.txz", lzma.compress(tar_bytes([("layers.py", os.urandom(9000))]))[:5000], "damaged"),
    ],
)
def test_broken_archive_ends_in_one_sentence(tmp_path, name, content, words):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(UnusableSubmission, match=words) as caught:
        read_tree(tmp_path / name)
    assert "\n" not in str(caught.value)


def test_damaged_member_spoils_the_archive(tmp_path):
    path = make_zip(tmp_path / "hw.zip", [("layers.py", bytes(range(256)))])
    content = bytearray(path.read_bytes())
    content[60] ^= 0xFF
    path.write_bytes(content)
    with pytest.raises(UnusableSubmission, match=r"hw.zip is damaged or not complete"):
        read_tree(path)


@pytest.mark.parametrize(
    ("offset", "value", "words"), [(8, 1, "locked with a password"), (10, 99, "compression method")]
)
def test_locked_or_oddly_compressed_member_is_a_note(tmp_path, offset, value, words):
    path = make_zip(tmp_path / "hw.zip", [("layers.py", b"x")])
    content = bytearray(path.read_bytes())
    content[content.index(b"PK\1\2") + offset] = value
    content[offset - 2] = value
    path.write_bytes(content)
    assert words in read_tree(path).notes[0]


def test_absent_path_and_device_are_refused(tmp_path):
    with pytest.raises(UnusableSubmission, match=r"^nobody does not exist; check the path\.$"):
        read_tree(tmp_path / "nobody")
    with pytest.raises(UnusableSubmission, match="null is neither a file nor a folder"):
        read_tree(Path("/dev/null"))
    with pytest.raises(UnusableSubmission, match=r"cannot be read \(.*embedded null"):
        read_tree(Path("a\0b"))
    with pytest.raises(UnusableSubmission, match="cannot be read"):
        read_tree(tmp_path / ("x" * 5000))


def test_many_notes_are_cut(tmp_path):
    path = make_tar(tmp_path / "hw.tar", [(f"../{i}.py", b"") for i in range(30)])
    notes = read_tree(path).notes
    assert len(notes) == 21
    assert notes[-1] == "10 more remarks on the files of this submission are left out."


def test_shown_is_one_printable_line():
    assert shown("a\nb\x1b[31m\u202e\udc80") == "a?b?[31m??"
    assert shown("x" * 200) == "x" * 119 + "…"


SEEDS = [
    tar_bytes([*FILES.items(), ("a/../b.py", b"c" * 700)]),
    gzip.compress(tar_bytes(list(FILES.items())), mtime=0),
    lzma.compress(tar_bytes(list(FILES.items()))),
]


@pytest.fixture(scope="module")
def zip_seed(tmp_path_factory):
    return make_zip(tmp_path_factory.mktemp("seed") / "hw.zip", [*FILES.items(), ("x.zip", b"PK\5\6" + bytes(18))])


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    which=st.integers(0, 3),
    changes=st.lists(st.tuples(st.integers(0, 20_000), st.binary(min_size=1, max_size=8)), max_size=4),
    cut=st.integers(0, 20_000),
)
@example(which=3, changes=[], cut=20_000)
def test_no_damage_crashes_the_reader(tmp_path, zip_seed, which, changes, cut):
    content = bytearray([*SEEDS, zip_seed.read_bytes()][which])
    for place, piece in changes:
        place %= len(content)
        content[place : place + len(piece)] = piece
    check_outcome(tmp_path / "hw", bytes(content[:cut]))


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=3000), st.sampled_from([b"", b"PK\3\4", b"PK\5\6", b"\x1f\x8b\x08", b"BZh9", b"\xfd7zXZ\0"]))
def test_no_content_crashes_the_reader(tmp_path, content, mark):
    check_outcome(tmp_path / "hw.tar", mark + content)


def check_outcome(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    try:
        tree = read_tree(path, ReadLimits(seconds=20))
    except UnusableSubmission as exc:
        sentence = str(exc)
    else:
        sentence = " ".join([*tree.files, *tree.notes])
        assert all(".." not in name.split("/") for name in tree.files)
    assert sentence.isprintable()
