"""Copies are found however they are disguised, and what all share or the template gives is nobody's copy."""

import random
import time
from dataclasses import replace

import pytest
from classes import code_of, entries_of, renamed
from grades import CONV_CODE

from grader.model.results import FunctionSource
from reports.overview.facts import gather
from reports.overview.pages import Comparison, class_pages
from reports.overview.resemblance import Fingerprints, Resemblance, tokens_of


def own_code(number: int) -> tuple[FunctionSource, ...]:
    """Returns functions that nobody else has."""
    return code_of(random.Random(1000 + number), 1)


def class_with(*copies: tuple[FunctionSource, ...], n_others: int = 40) -> Resemblance:
    resemblance = Resemblance()
    for number in range(n_others):
        resemblance.add(f"other-{number}", own_code(number))
    for number, sources in enumerate(copies):
        resemblance.add(f"copy-{number}", sources)
    return resemblance


def found(resemblance: Resemblance) -> list[set[str]]:
    return [{pair.left, pair.right} for pair in resemblance.pairs()]


def test_renamed_and_uncommented_copy_is_found_and_nobody_else():
    original = own_code(500)
    assert found(class_with(original, tuple(map(renamed, original)))) == [{"copy-0", "copy-1"}]
    assert found(class_with(original)) == []


def test_copy_with_its_functions_in_another_order_and_other_layout_is_found():
    original = own_code(500)
    moved = tuple(replace(each, code=f"# mine\n\n{each.code.replace(', ', ',')}") for each in original[::-1])
    (pair,) = class_with(original, moved).pairs()
    assert pair.share == 1.0


def test_pair_that_shares_one_function_of_three_is_below_the_line_but_two_are_not():
    first, second = own_code(500), own_code(501)
    assert found(class_with(first, (*second[:2], first[2]))) == []
    assert found(class_with(first, (*first[:2], second[2]))) == [{"copy-0", "copy-1"}]


def test_code_that_the_whole_class_has_is_nobodys_copy():
    resemblance = Resemblance()
    for number in range(30):
        resemblance.add(f"student-{number}", (*own_code(7), FunctionSource("extra", "a.py", 1, f"x = {number}\n")))
    assert resemblance.pairs() == ()


def test_template_is_nobodys_own():
    given = own_code(9)
    with_template, without = Resemblance(given), Resemblance()
    for each in (with_template, without):
        each.add("a", (*given, FunctionSource("a", "a.py", 1, "pass\n")))
        each.add("b", (*given, FunctionSource("b", "b.py", 1, "return\n")))
    assert with_template.pairs() == ()
    assert found(without) == [{"a", "b"}]


def test_copies_to_the_last_character_are_one_group_and_one_side_of_a_pair():
    original = own_code(500)
    resemblance = class_with(original, original, original, tuple(map(renamed, original)))
    assert resemblance.copies() == (("copy-0", "copy-1", "copy-2"),)
    assert found(resemblance) == [{"copy-0", "copy-3"}]


def test_score_falls_with_the_number_who_share():
    original = own_code(500)
    disguised = tuple(replace(source, code=f"# note\n{source.code}") for source in original)
    few = class_with(original, tuple(map(renamed, original))).pairs()[0]
    many = class_with(original, disguised, *(tuple(map(renamed, own_code(500 + 0))) for _ in range(6))).pairs()[0]
    assert few.share == many.share == 1.0
    assert many.score < few.score


@pytest.mark.parametrize("text", ["", "def f(:\n  '''never closed", "\x00\ud800 = 1", "print 'two'\n" * 3, '"' * 999])
def test_any_text_can_be_compared(text):
    resemblance = Resemblance()
    for name in "ab":
        resemblance.add(name, (FunctionSource("f", "a.py", 1, text),))
    assert resemblance.pairs() == ()


@pytest.mark.parametrize("text", ["'\\", '"\\', "'''\\", '"""\\\'', ".\n", "\\", "'\n", "r", "0.", " "])
def test_no_text_makes_the_reading_of_tokens_slow(text):
    # A regular expression that goes back and forth would take minutes.
    started = time.process_time()
    tokens_of(text * 100_000)
    assert time.process_time() - started < 5


def test_tokens_forget_names_comments_and_strings_and_keep_lines():
    assert tokens_of("def f(x):  # why\n    return np.sum(x, 'y')\n") == [
        *((token, 0) for token in ("def", "V", "(", "V", ")", ":")),
        *((token, 1) for token in ("return", "V", ".sum", "(", "V", ",", "S", ")")),
    ]


def test_passages_name_the_lines_that_both_have():
    sources = (FunctionSource("conv", "layers.py", 88, CONV_CODE), FunctionSource("other", "layers.py", 300, "y = 1\n"))
    prints = Fingerprints.of(sources)
    passages = prints.passages(prints.hashes)
    assert {passage.function for passage in passages} == {"conv"}
    assert min(passage.first for passage in passages) == 88
    # The last fingerprint may begin up to a window before the end.
    assert max(passage.last for passage in passages) >= 88 + CONV_CODE.count("\n") - 3


def test_pages_show_pairs_side_by_side_and_link_the_students():
    entries = list(entries_of(60))
    sources = {entry.grade.submission.name: entry.grade.sources for entry in entries}
    pages = dict(class_pages(entries, comparison=Comparison(Resemblance(), sources.__getitem__)))
    assert list(pages)[:2] == ["similar/001.html", "similarity.html"]
    names = [row.name for row in gather(entries).rows]
    for number in (7, 49):
        assert names[number] in pages["similarity.html"]
        assert f'href="submissions/{number:04}/report.html"' in pages["similarity.html"]
        assert names[number] in pages["similar/001.html"]
    assert "<mark>" in pages["similar/001.html"]
    assert 'href="../index.html"' in pages["similar/001.html"]
    assert 'href="similarity.html"' in pages["index.html"]


def test_pages_of_pairs_stay_small_in_a_class_of_copies_and_say_what_is_left_out(monkeypatch):
    codes = [own_code(500 + number // 2) for number in range(12)]
    codes[1::2] = [tuple(map(renamed, code)) for code in codes[1::2]]
    entries = [
        replace(entry, grade=replace(entry.grade, sources=code))
        for entry, code in zip(entries_of(12), codes, strict=True)
    ]
    sources = {entry.grade.submission.name: entry.grade.sources for entry in entries}

    def pages():
        return dict(class_pages(entries, "CS", Comparison(Resemblance(), sources.__getitem__)))

    def beside(shown):
        return {path: text for path, text in shown.items() if path.startswith("similar/")}

    whole = pages()
    assert len(beside(whole)) == 6
    assert "have no page yet" not in whole["similarity.html"]
    limit = max(map(len, beside(whole).values())) + 1
    monkeypatch.setattr("reports.overview.pages.PAIR_CHARACTERS", limit)
    cut = pages()
    (path,) = beside(cut)
    assert f'href="{path}"' in cut["similarity.html"]
    assert cut["similarity.html"].count("Side by side<span") == 1
    assert "5 of the 6 pairs have no page yet" in cut["similarity.html"]
    everything = Comparison(Resemblance(), sources.__getitem__, every_pair=True)
    assert beside(dict(class_pages(entries, "CS", everything))) == beside(whole)


def test_all_pairs_that_stand_out_are_listed_on_as_many_pages_as_it_takes(monkeypatch):
    monkeypatch.setattr("reports.overview.pages.N_ROWS", 20)
    codes = [own_code(500 + number // 2) for number in range(96)]
    codes[1::2] = [tuple(map(renamed, code)) for code in codes[1::2]]
    entries = [
        replace(entry, grade=replace(entry.grade, sources=code))
        for entry, code in zip(entries_of(96), codes, strict=True)
    ]
    sources = {entry.grade.submission.name: entry.grade.sources for entry in entries}
    pages = dict(class_pages(entries, "CS", Comparison(Resemblance(), sources.__getitem__)))
    parts = {path: text for path, text in pages.items() if path.startswith("similarity")}
    assert list(parts) == ["similarity.html", "similarity-2.html", "similarity-3.html"]
    assert sum(text.count('<tr><th scope="row">') for text in parts.values()) == 48
    assert "41 to 48 of 48" in parts["similarity-3.html"]
    assert 'href="similarity-2.html"' in parts["similarity.html"]
    assert 'href="similarity.html"' in parts["similarity-3.html"]


def test_a_list_that_ends_early_says_so(monkeypatch):
    for module in ("resemblance", "pages"):
        monkeypatch.setattr(f"reports.overview.{module}.N_PAIRS", 1)
    entries = list(entries_of(60))
    sources = {entry.grade.submission.name: entry.grade.sources for entry in entries}
    pages = dict(class_pages(entries, comparison=Comparison(Resemblance(), sources.__getitem__)))
    assert "there may be more" in pages["similarity.html"]


def test_hostile_code_is_shown_as_text():
    evil = tuple(replace(s, code=f"{s.code}\n</code><script>alert(1)</script>") for s in own_code(3))
    entries = [
        replace(entry, grade=replace(entry.grade, sources=evil if i < 2 else entry.grade.sources))
        for i, entry in enumerate(entries_of(20))
    ]
    entries[1] = replace(entries[1], grade=replace(entries[1].grade, sources=tuple(map(renamed, evil))))
    sources = {entry.grade.submission.name: entry.grade.sources for entry in entries}
    pages = dict(class_pages(entries, comparison=Comparison(Resemblance(), sources.__getitem__)))
    assert "<script>" not in pages["similar/001.html"]


@pytest.mark.slow
def test_seven_hundred_students_are_compared_in_seconds():
    resemblance = Resemblance()
    started = time.process_time()
    for number in range(700):
        resemblance.add(f"{number}", own_code(number % 690))
    assert len(resemblance.copies()) == 10
    # CPU seconds; 3 to 5 where this was written.
    assert time.process_time() - started < 20
