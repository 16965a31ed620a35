"""docs/page.md is what its tool writes, and its pictures are there."""

import re

import make_pages
from PIL import Image
from tiny_chain import ROOT

PAGE = ROOT / "docs" / "page.md"


def test_the_page_is_what_the_tool_writes():
    assert PAGE.read_text(encoding="utf-8") == make_pages.page()


def test_its_pictures_are_there_and_small():
    named = re.findall(r'src="(page/[^"]+)"', PAGE.read_text(encoding="utf-8"))
    assert len(named) == len(make_pages.SHOWN)
    for name in named:
        path = PAGE.parent / name
        assert path.stat().st_size < 200_000
        with Image.open(path) as picture:
            assert picture.width in (make_pages.DESK[0], make_pages.PHONE[0])
    assert {path.name for path in make_pages.PICTURES.iterdir()} == {n[5:] for n in named}
