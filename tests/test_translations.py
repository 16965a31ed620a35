"""Chinese pages say what their English ones say: same commands, code, numbers; changed together."""

import importlib.util
import re

import pytest
from documented import blocks, inline_commands
from tiny_chain import ROOT

_spec = importlib.util.spec_from_file_location("translations", ROOT / "tools/translations.py")
assert _spec is not None and _spec.loader is not None
translations = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(translations)

PAIRS = [(translations.english_of(page), page) for page in translations.chinese_pages()]
SHORTER = {"README.zh.md"}
"""Chinese pages that say less than their English ones; what they do say agrees."""
whole = pytest.mark.parametrize(
    ("english", "chinese"),
    [pair for pair in PAIRS if translations.name_of(pair[1]) not in SHORTER],
    ids=translations.name_of,
)
every = pytest.mark.parametrize(("english", "chinese"), PAIRS, ids=translations.name_of)

NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
LINK = re.compile(r"\]\((?!https?:)([^)#]+)[^)]*\)")


def text_of(page):
    return page.read_text(encoding="utf-8")


def prose_of(page):
    """A page without its fenced blocks."""
    return re.sub(r"^```.*?^```$", "", text_of(page), flags=re.DOTALL | re.MULTILINE)


def commands_of(page):
    """Its commands, without what may differ: the words of a request and the language."""
    name = translations.name_of(page)
    found = [command for block in blocks() if block.page == name for command in block.commands]
    found += [command for place, command in inline_commands() if place == name]
    return [
        re.sub(r"\s+# .*", "", re.sub(r'(uv run rf-design) "[^"]*"', r'\1 "TEXT"', command))
        .replace(" --lang zh", "")
        for command in found
    ]  # fmt: skip


def test_no_page_has_changed_without_its_other_language():
    found = "\n".join(translations.out_of_step())
    assert not found, (
        f"{found}\nBring the other page of the pair in line, then run "
        "`uv run tools/translations.py --accept` and commit docs/translations.json."
    )


def test_there_are_pages_for_who_uses_the_designer_and_the_recipes():
    assert {translations.name_of(page) for _, page in PAIRS} >= {
        "README.zh.md", "packages/rf-design/README.zh.md", "packages/rf-train/README.zh.md",
        "docs/calls.zh.md", "docs/serving.zh.md", "docs/merging.zh.md", "docs/multi-gpu.zh.md",
    }  # fmt: skip


@every
def test_each_page_begins_with_a_link_to_the_other(english, chinese):
    assert text_of(english).splitlines()[2] == f"[中文]({chinese.name})"
    assert text_of(chinese).splitlines()[2] == f"[English]({english.name})"


@every
def test_the_commands_are_the_same(english, chinese):
    here, there = commands_of(chinese), commands_of(english)
    if translations.name_of(chinese) in SHORTER:
        assert set(here) <= set(there)
    else:
        assert here == there


@whole
def test_code_and_data_are_the_same(english, chinese):
    found = [
        [b.text for b in blocks() if b.page == translations.name_of(page) and b.language]
        for page in (english, chinese)
    ]
    assert found[0] == found[1]


@whole
def test_sections_and_tables_have_the_same_shape(english, chinese):
    def shape(page):
        lines = prose_of(page).splitlines()
        return [re.sub(r"[^#|].*", "", line.replace(r"\|", "")) + str(line.count("|"))
                for line in lines if line.startswith(("#", "|"))]  # fmt: skip

    assert shape(english) == shape(chinese)


@whole
def test_no_number_is_lost(english, chinese):
    lost = set(NUMBER.findall(prose_of(english))) - set(NUMBER.findall(prose_of(chinese)))
    assert not lost


@whole
def test_nothing_in_code_type_is_lost(english, chinese):
    spans = [set(re.findall(r"`([^`\n]+)`", prose_of(page))) for page in (english, chinese)]
    lost = {span for span in spans[0] - spans[1] if span not in (".", "$")}
    assert not lost


@every
def test_links_lead_somewhere_and_to_the_chinese_page_where_there_is_one(english, chinese):
    for link in LINK.findall(text_of(chinese)):
        target = chinese.parent / link
        assert target.exists(), link
        if target.suffix == ".md" and target.resolve() != english:
            assert target.name.endswith(".zh.md") or not target.with_suffix(".zh.md").exists(), link


@every
def test_chinese_text_has_chinese_punctuation(english, chinese):
    """A half-width comma, stop or bracket between two characters comes from another keyboard."""
    prose = re.sub(r"`[^`]*`", "", prose_of(chinese))
    odd = re.findall(r".{0,9}[\u4e00-\u9fff][,;:?!()][\u4e00-\u9fff].{0,9}", prose)
    assert not odd


def test_a_change_is_reported_by_its_heading(tmp_path, monkeypatch):
    """The tool on a repository of two pages: agreed, changed on one side, agreed again."""
    monkeypatch.setattr(translations, "ROOT", tmp_path)
    monkeypatch.setattr(translations, "RECORD", tmp_path / "translations.json")
    (tmp_path / "P.md").write_text("# P\n\none\n\n## A\n\ntwo\n", encoding="utf-8")
    (tmp_path / "P.zh.md").write_text("# P\n\n一\n\n## 甲\n\n二\n", encoding="utf-8")
    assert [*translations.out_of_step()] == ["P.md: P; A", "P.zh.md: P; 甲"]
    translations.accept([])
    assert [*translations.out_of_step()] == []
    (tmp_path / "P.md").write_text("# P\n\none\n\n## A\n\nthree\n", encoding="utf-8")
    assert [*translations.out_of_step()] == ["P.md: A"]
    (tmp_path / "P.zh.md").write_text("# P\n\n一\n\n## 甲\n\n三\n\n## 乙\n\n", encoding="utf-8")
    assert [*translations.out_of_step()] == ["P.md: A", "P.zh.md: 甲; 乙"]
    translations.accept(["P.md"])
    assert [*translations.out_of_step()] == []
