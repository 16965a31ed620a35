"""docs/security.md: every test that it names is there."""

import re

from tiny_chain import ROOT


def test_every_claim_names_a_test_that_exists():
    page = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
    claims = [line for line in page.splitlines() if line.startswith("| ") and "**" not in line]
    held = [line.rsplit("|", 2)[1] for line in claims if not line.startswith("| claim")]
    assert len(held) >= 15
    source = "".join(path.read_text("utf-8") for path in ROOT.glob("tests/test_security*.py"))
    for cell in held:
        names = re.findall(r"`([^`]+)`", cell)
        assert names, "a claim without a test"
        for name in names:
            if "/" in name:
                assert (ROOT / name).exists(), name
            else:
                assert f"def {name.rstrip('…')}" in source, name


def test_redirects_are_not_followed():
    """A server could send the key on to another one."""
    import httpx

    assert httpx.Client().follow_redirects is False
    backend = ROOT / "packages/rf-eval/src/rf_eval/backends/openai.py"
    assert "follow_redirects" not in backend.read_text(encoding="utf-8")
