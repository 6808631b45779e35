"""Decodes the names in a zip that does not say how they are encoded, by a guess that fits all of them.

Zip has two encodings of names: UTF-8, with a flag, and IBM's code page 437. Explorer of Windows writes its own code
page without the flag, so that Chinese, Japanese, Korean and Russian names come out as rubbish, and a backslash in the
second byte of a character as a folder. Source: APPNOTE.TXT, appendix D and 4.6.9 (the field with the name in UTF-8).
"""

import struct
import unicodedata
import zipfile
import zlib
from collections.abc import Callable, Iterable

__all__ = ["decoded_names", "guess_encoding"]

_UTF8_FLAG = 0x800
_UNICODE_PATH = 0x7075
#: how likely the guess must be to be taken
_LIKELY = 0.6


def decoded_names(infos: Iterable[zipfile.ZipInfo], encoding: str = "") -> tuple[dict[int, str], str]:
    """Returns place of a member -> its name, for those whose name does not say its encoding; and the encoding.

    Args:
        infos: of one archive, or of several that were made together.
        encoding: of these names; empty guesses.

    Raises:
        UnicodeDecodeError: a name does not have the encoding that was asked for.
    """
    raw: dict[int, bytes] = {}
    names: dict[int, str] = {}
    for place, info in enumerate(infos):
        if info.flag_bits & _UTF8_FLAG or info.orig_filename.isascii():
            continue
        content = info.orig_filename.encode("cp437")
        if told := _told_in_utf8(info.extra, content):
            names[place] = told
        else:
            raw[place] = content
    if not raw:
        return names, ""
    encoding = encoding or guess_encoding(raw.values()) or "cp437"
    return names | {place: content.decode(encoding) for place, content in raw.items()}, encoding


def guess_encoding(names: Iterable[bytes]) -> str:
    """Returns the encoding that decodes all names and makes the likeliest words of them; empty when none is likely."""
    names = [name.replace(b"/", b" ") for name in names]
    best, best_score = "", _LIKELY
    for encoding, likely in _CANDIDATES.items():
        try:
            scores = [likely(name, name.decode(encoding)) for name in names]
        except UnicodeDecodeError:
            continue
        # The first of equals stays.
        if (score := sum(scores) / len(scores)) > best_score:
            best, best_score = encoding, score
    return best


def _told_in_utf8(extra: bytes, name: bytes) -> str:
    """Returns the name that a field of its own tells in UTF-8; empty where there is none, or it is of another name."""
    at = 0
    while at + 4 <= len(extra):
        kind, size = struct.unpack_from("<HH", extra, at)
        field = extra[at + 4 : at + 4 + size]
        if kind == _UNICODE_PATH and len(field) > 5 and field[1:5] == struct.pack("<I", zlib.crc32(name)):
            return field[5:].decode("utf-8", "replace")
        at += 4 + size
    return ""


def _words(raw: bytes, text: str, most_accents: float = 1.0) -> float:
    """Returns which part of the words that are not ASCII look like words: one alphabet, one case, not all accents."""
    words = "".join(char if char.isalpha() or ord(char) > 127 else " " for char in text).split()
    odd = [word for word in words if not word.isascii()]
    good = [word for word in odd if _is_word(word) and sum(c > "\x7f" for c in word) <= most_accents * len(word)]
    return len(good) / len(odd) if odd else 0.0


def _latin(raw: bytes, text: str) -> float:
    return _words(raw, text, most_accents=0.5)


def _is_word(word: str) -> bool:
    if any(unicodedata.category(char) not in ("Lu", "Ll") for char in word):
        return False
    if len({unicodedata.name(char, "").partition(" ")[0] for char in word}) > 1:
        return False
    return word.islower() or word.isupper() or (word[0].isupper() and word[1:].islower())


def _pairs(common: Callable[[int, int], bool], firsts: str) -> Callable[[bytes, str], float]:
    """Returns which part of the characters of two bytes are common ones, and half of which part begins as names do."""

    def likely(raw: bytes, text: str) -> float:
        n_common = n_all = at = 0
        after_letter = False
        while at < len(raw):
            if raw[at] < 0x80:
                after_letter = raw[at : at + 1].isalpha()
                at += 1
                continue
            n_all += 1
            # What follows a Latin letter at once is rather an accent.
            n_common += at + 1 < len(raw) and not after_letter and common(raw[at], raw[at + 1])
            after_letter = False
            at += 2
        words = "".join(char if ord(char) > 127 else " " for char in text).split()
        begin = sum(word[0] in firsts for word in words) / len(words) if words else 0.0
        return n_common / n_all + begin / 2 if n_all else 0.0

    return likely


def _utf8(raw: bytes, text: str) -> float:
    return 2.0  # hardly anything else decodes as UTF-8


def _shift_jis(lead: int, trail: int) -> bool:
    kana = (lead == 0x82 and 0x9F <= trail <= 0xF1) or (lead == 0x83 and 0x40 <= trail <= 0x96)
    return kana or (lead == 0x81 and trail in (0x40, 0x58, 0x5B)) or 0x88 <= lead <= 0x97


# With what family names begin, the most frequent ones.
_JAPANESE = (
    "佐鈴高田伊渡中小加吉山木林斎清松井阿森池橋石前岡長藤後近村遠青坂"
    "福太西三原金菊安新大竹上野丸杉今河平千久内谷和土川本"
)
_TRADITIONAL = (
    "王李張劉陳楊趙黃周吳徐孫胡朱高林何郭馬羅梁宋鄭謝韓唐馮于董蕭程曹袁鄧許傅沈曾彭呂蘇盧蔣蔡賈丁魏薛"
    "葉閻余潘杜戴夏鍾汪田任姜范方"
    "石姚譚廖鄒熊金陸郝孔白崔康毛邱秦江史顧侯邵孟龍萬段雷錢湯尹黎易常武喬賀賴龔文洪莊游詹柯翁簡施歐"
)
_SIMPLIFIED = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛"
    "叶阎余潘杜戴夏钟汪田任姜范方"
    "石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文洪庄欧"
)
_KOREAN = "김이박최정강조윤장임한오서신권황안송류전홍고문양손배백허유남심노하곽성차주우구민진엄채원천방공현"

#: in the order in which the first of equals is taken; for two bytes, the common characters of each standard
_CANDIDATES: dict[str, Callable[[bytes, str], float]] = {
    "utf-8": _utf8,
    "cp932": _pairs(_shift_jis, _JAPANESE),
    "big5": _pairs(lambda lead, trail: 0xA4 <= lead <= 0xC6, _TRADITIONAL),
    "gbk": _pairs(lambda lead, trail: 0xB0 <= lead <= 0xD7 and trail >= 0xA1, _SIMPLIFIED),
    "cp949": _pairs(lambda lead, trail: 0xB0 <= lead <= 0xC8 and trail >= 0xA1, _KOREAN),
    "cp437": _latin,
    "cp850": _latin,
    "cp1252": _latin,
    "cp866": _words,
    "cp1251": _words,
    "cp1253": _words,
}
