"""Which Chinese pages are in step with their English ones: `uv run tools/translations.py`.

A page `X.zh.md` belongs to `X.md`. When one of them changes, bring the other in line, then record
that they agree again: `uv run tools/translations.py --accept X.md …` (all pages if none is named).
What agrees is kept in docs/translations.json, a digest for each section of both pages, so that a
change is reported by its heading. tests/test_translations.py fails while a pair is out of step.
"""

import argparse
import json
import sys
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

from rf_jsonl import write_text

ROOT = Path(__file__).resolve().parent.parent
RECORD = ROOT / "docs" / "translations.json"

Digests = dict[str, str]


def chinese_pages() -> list[Path]:
    """Every Chinese page of the repository."""
    patterns = ("*.zh.md", "docs/*.zh.md", "packages/*/*.zh.md", "recipes/*/*.zh.md")
    return sorted(page for pattern in patterns for page in ROOT.glob(pattern))


def english_of(page: Path) -> Path:
    """The English page that a Chinese one belongs to."""
    return page.with_name(page.name.replace(".zh.md", ".md"))


def name_of(page: Path) -> str:
    """A page as it is named in the record and in messages."""
    return page.relative_to(ROOT).as_posix()


def sections(text: str) -> Iterator[tuple[str, str]]:
    """(heading, text) of each section; a line in a fenced block is no heading."""
    heading, lines, fenced = "", [], False
    for line in text.splitlines():
        fenced ^= line.startswith("```")
        if line.startswith("#") and not fenced:
            yield heading, "\n".join(lines)
            heading, lines = line.lstrip("# "), []
        lines.append(line.rstrip())
    yield heading, "\n".join(lines)


def digests(page: Path) -> Digests:
    """A short digest of each section by its heading."""
    text = page.read_text(encoding="utf-8")
    return {
        heading: sha256(body.strip().encode()).hexdigest()[:12]
        for heading, body in sections(text)
        if body.strip()
    }


def pairs() -> dict[str, dict[str, Digests]]:
    """For each English page with a Chinese one, the digests of both as they are now."""
    return {
        name_of(english_of(page)): {"en": digests(english_of(page)), "zh": digests(page)}
        for page in chinese_pages()
    }


def recorded() -> dict[str, dict[str, Digests]]:
    """The digests of the pages when they last agreed."""
    if not RECORD.exists():
        return {}
    found: dict[str, dict[str, Digests]] = json.loads(RECORD.read_text(encoding="utf-8"))
    return found


def out_of_step() -> Iterator[str]:
    """A line for each page that changed since its pair agreed, with the headings that did."""
    then = recorded()
    for name, now in pairs().items():
        for lang, page in (("en", name), ("zh", name.replace(".md", ".zh.md"))):
            before = then.get(name, {}).get(lang, {})
            changed = [h for h, digest in now[lang].items() if before.get(h) != digest]
            changed += [f"{h} (gone)" for h in before if h not in now[lang]]
            if changed:
                yield f"{page}: {'; '.join(changed)}"
    for name in then.keys() - pairs().keys():
        yield f"{name}: has no Chinese page any more"


def accept(names: list[str]) -> None:
    """Records that these pairs agree. Raises KeyError for a page without a Chinese one."""
    now = pairs()
    kept = {name: value for name, value in recorded().items() if name in now}
    kept |= {name: now[name] for name in names or now}
    ordered = {name: kept[name] for name in sorted(kept)}
    write_text(RECORD, json.dumps(ordered, ensure_ascii=False, indent=1) + "\n")


def main() -> int:
    """Reports, or records; 1 where a pair is out of step."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument(
        "--accept", nargs="*", metavar="X.md", help="record that these pairs agree, or all"
    )
    chosen = parser.parse_args()
    if chosen.accept is not None:
        try:
            accept([name.replace(".zh.md", ".md") for name in chosen.accept])
        except KeyError as error:
            parser.error(f"{error} has no Chinese page")
    found = list(out_of_step())
    print("\n".join(found) or "all pages agree")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
