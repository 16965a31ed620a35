"""The hf backend with a randomly initialised two-layer model made on the spot."""

import json
import os
import shutil

os.environ.setdefault("HF_HUB_OFFLINE", "1")

import pytest
from rf_eval.backends import hf, make_backend
from rf_eval.backends.hf_model import load_model
from rf_eval.backends.rendering import hash_text
from rf_eval.backends.weights import fingerprint
from rf_eval.errors import EvalError
from rf_eval.runs import generate
from rf_eval.samples import Sample, read_dataset

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")

from engine_models import TEMPLATE, save_model  # noqa: E402 - needs both of them


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    """A folder with a tiny Llama and a byte-level tokenizer, as save_pretrained writes them."""
    return save_model(tmp_path_factory.mktemp("model"), "llama")


@pytest.fixture
def run_folder(model, tmp_path):
    """A run folder as a trainer leaves it: run.json, tokenizer, an adapter."""
    import peft

    folder = tmp_path / "run"
    base = transformers.AutoModelForCausalLM.from_pretrained(model)
    torch.manual_seed(1)
    tuned = peft.get_peft_model(
        base, peft.LoraConfig(r=4, target_modules=["q_proj", "v_proj"], init_lora_weights=False)
    )
    tuned.save_pretrained(folder)
    transformers.AutoTokenizer.from_pretrained(model).save_pretrained(folder)
    write_run(folder, model, hash_text(TEMPLATE))
    return folder


def write_run(folder, model, digest):
    rendering = {"template": "chatml", "chat_template_sha256": digest}
    rendering |= {"chat_template_kwargs": {}, "stop": ["<|im_end|>"]}
    content = {"model": {"path": str(model)}, "rendering": rendering}
    (folder / "run.json").write_text(json.dumps(content), encoding="utf-8")


def ask(texts, **options):
    wanted = [
        Sample(f"i{i}", [{"role": "user", "content": text}], "") for i, text in enumerate(texts)
    ]
    backend = make_backend("hf", {"max_new_tokens": 24, "dtype": "float32"} | options)
    found = [one for batch in backend.generate(wanted) for one in batch]
    return {one.id: one for one in found}, [one.id for one in found]


TEXTS = ["设计一个低通滤波器", "a", "Design a band-pass filter " * 3, "fc 2.4 GHz", "x" * 40]


def one_at_a_time(model, texts):
    """The plain loop that the backend must agree with, prompt by prompt."""
    tokenizer = transformers.AutoTokenizer.from_pretrained(model)
    plain = transformers.AutoModelForCausalLM.from_pretrained(model, dtype=torch.float32)
    answers = []
    for text in texts:
        prompt = tokenizer.apply_chat_template(
            [{"role": "user", "content": text}], tokenize=False, add_generation_prompt=True
        )
        ids = tokenizer(prompt, return_tensors="pt", add_special_tokens=False)["input_ids"]
        out = plain.generate(ids, max_new_tokens=24, do_sample=False, pad_token_id=1)
        answers.append(tokenizer.decode(out[0, ids.shape[1] :], skip_special_tokens=True))
    return answers


@pytest.mark.parametrize("size", [1, 2, 8])
def test_batches_answer_as_single_prompts_do(size, model):
    found, _ = ask(TEXTS, model=str(model), batch_size=size)
    assert [found[f"i{i}"].completion for i in range(5)] == one_at_a_time(model, TEXTS)


def test_longest_prompts_come_first_and_tokens_are_counted(model):
    found, order = ask(TEXTS, model=str(model), batch_size=2)
    lengths = [found[name].prompt_tokens for name in order]
    assert lengths == sorted(lengths, reverse=True)
    for one in found.values():
        assert 1 <= one.completion_tokens <= 24
        assert (one.finish_reason == "length") == (one.completion_tokens == 24)


def test_an_answer_ends_at_its_stop_token(model):
    loaded = hf.load_model(str(model), None, hf.rendering_of_model(str(model)), False, "float32")
    assert loaded._cut([5, 6, 1, 7, 8]) == [5, 6, 1]
    assert loaded.text([5, 6, 1]) == loaded.tokenizer.decode([5, 6])
    assert loaded._cut([5, 6]) == [5, 6]


def test_a_batch_does_not_wait_for_its_slowest_answers(model, monkeypatch):
    """Stopping at tokens that this random model writes now and then, in batches and one by one."""
    wanted = [
        Sample(f"i{i}", [{"role": "user", "content": "x" * (i % 7) + str(i)}], "")
        for i in range(60)
    ]
    loaded = hf.load_model(str(model), None, hf.rendering_of_model(str(model)), False, "float32")
    plain = [loaded.continue_(loaded.tokenise([sample], {}), 40)[0] for sample in wanted]
    often = sorted({token for row in plain for token in row[8:]})[::3]
    loaded = hf.LoadedModel(loaded.model, loaded.tokenizer, tuple(often))

    def answers(size):
        calls, real = [], hf.LoadedModel.continue_

        def counted(self, prompts, limit):
            calls.append(len(prompts))
            return real(self, prompts, limit)

        monkeypatch.setattr(hf.LoadedModel, "continue_", counted)
        backend = make_backend(
            "hf", {"model": str(model), "max_new_tokens": 40, "batch_size": size}
        )
        backend._loaded = loaded
        found = [one for batch in backend.generate(wanted) for one in batch]
        monkeypatch.setattr(hf.LoadedModel, "continue_", real)
        texts = {
            one.id: (one.completion, one.finish_reason, one.completion_tokens) for one in found
        }
        assert len(found) == len(texts) == 60
        return texts, calls

    single, _ = answers(1)
    batched, calls = answers(24)
    assert batched == single
    assert len(calls) > 3  # 60 prompts make 3 batches of 24; stragglers came on top


def test_a_batch_that_does_not_fit_is_halved(model, monkeypatch):
    sizes, real = [], hf.LoadedModel.continue_

    def tight(self, prompts, limit):
        sizes.append(len(prompts))
        return None if len(prompts) > 2 else real(self, prompts, limit)

    monkeypatch.setattr(hf.LoadedModel, "continue_", tight)
    found, _ = ask(TEXTS, model=str(model), batch_size=8)
    assert len(found) == 5 and sizes == [5, 4, 2, 2, 1]
    monkeypatch.setattr(hf.LoadedModel, "continue_", lambda self, prompts, limit: None)
    with pytest.raises(EvalError, match="batch of one"):
        ask(TEXTS, model=str(model), batch_size=8)


@pytest.mark.parametrize(
    "error",
    [
        torch.OutOfMemoryError("CUDA out of memory"),
        RuntimeError("can't allocate memory: you tried"),
    ],
)
def test_running_out_of_memory_is_noticed(error, model, monkeypatch):
    loaded = hf.load_model(str(model), None, hf.rendering_of_model(str(model)), False, "float32")

    def fail(**keywords):
        raise error

    monkeypatch.setattr(loaded.model, "generate", fail)
    assert loaded.continue_([[3, 4]], 4) is None
    monkeypatch.setattr(
        loaded.model, "generate", lambda **k: (_ for _ in ()).throw(RuntimeError("x"))
    )
    with pytest.raises(RuntimeError):
        loaded.continue_([[3, 4]], 4)


def test_a_run_folder_brings_its_model_adapter_and_rendering(model, run_folder):
    tuned, _ = ask(TEXTS, run=str(run_folder))
    named, _ = ask(TEXTS, model=str(model), adapter=str(run_folder))
    base, _ = ask(TEXTS, model=str(model), run=str(run_folder))
    plain, _ = ask(TEXTS, model=str(model))
    texts = [[one.completion for one in found.values()] for found in (tuned, named, base, plain)]
    assert texts[0] == texts[1] and texts[2] == texts[3] and texts[0] != texts[2]


def test_another_rendering_than_the_trained_one_is_an_error(model, run_folder):
    write_run(run_folder, model, hash_text("another template"))
    with pytest.raises(EvalError, match="has another chat template"):
        make_backend("hf", {"run": str(run_folder)})
    (run_folder / "run.json").write_text('{"model": {}}', encoding="utf-8")
    with pytest.raises(EvalError, match=r'no "(rendering|model)"'):
        make_backend("hf", {"run": str(run_folder)})


def test_what_is_described_identifies_weights_and_adapter(model, run_folder):
    tuned = make_backend("hf", {"run": str(run_folder)}).describe()
    base = make_backend("hf", {"model": str(model), "run": str(run_folder)}).describe()
    assert tuned["model"]["sha256"] == base["model"]["sha256"] == fingerprint(str(model))
    assert base["adapter"] is None and len(tuned["adapter"]["sha256"]) == 64
    assert tuned["rendering"]["chat_template_sha256"] == hash_text(TEMPLATE)


def test_missing_folders_are_one_line(tmp_path):
    with pytest.raises(EvalError, match="needs a model or a run folder"):
        make_backend("hf", {})
    with pytest.raises(EvalError) as caught:
        ask(["x"], model=str(tmp_path / "nothing"))
    assert "\n" not in str(caught.value)


def test_a_damaged_file_or_an_adapter_of_another_model_is_one_line(model, run_folder, tmp_path):
    """A copy that was cut off; and an adapter whose tensors have other sizes than the model's."""
    from safetensors.torch import load_file, save_file

    weights = run_folder / "adapter_model.safetensors"
    whole, tensors = weights.read_bytes(), load_file(weights)
    for damaged in (b"", whole[:100], whole[:-10]):
        weights.write_bytes(damaged)
        with pytest.raises(EvalError, match=r"run: [^\n]+$"):
            ask(["x"], run=str(run_folder))
    save_file({name: torch.cat([one, one], 1) for name, one in tensors.items()}, weights)
    with pytest.raises(EvalError, match=r"run: an adapter of another model: its sizes differ$"):
        ask(["x"], run=str(run_folder))
    copy = tmp_path / "model"
    shutil.copytree(model, copy)
    (copy / "model.safetensors").write_bytes(b"")
    with pytest.raises(EvalError, match=r"model: [^\n]+$"):
        ask(["x"], model=str(copy))


def test_a_whole_run_with_dialogues(model, data_file, tmp_path):
    data = read_dataset(data_file)
    backend = make_backend("hf", {"model": str(model), "max_new_tokens": 4, "batch_size": 8})
    done = generate(data, "hf", backend, tmp_path / "out")
    assert {key[2] for key in done.predictions} == {None, "own", "reference"}


@pytest.mark.slow
def test_nf4_on_this_machine(model):
    pytest.importorskip("bitsandbytes")
    found, _ = ask(TEXTS[:2], model=str(model), nf4=True)
    assert len(found) == 2


@pytest.mark.slow
def test_nf4_products_are_those_of_the_dequantised_weights(model):
    """On every CPU, those with AVX512-BF16 too: 96 columns, which fill no whole blocks of 64."""
    bitsandbytes = pytest.importorskip("bitsandbytes")
    rendering = make_backend("hf", {"model": str(model)}).rendering
    quantised, plain = (load_model(str(model), None, rendering, True, "float32") for _ in range(2))
    for layer in list(plain.model.modules()):
        for name, child in layer.named_children():
            if isinstance(child, bitsandbytes.nn.Linear4bit):
                weights = child.weight.data, child.weight.quant_state
                dense = torch.nn.Linear(child.in_features, child.out_features, bias=False)
                dense.weight.data = bitsandbytes.functional.dequantize_4bit(*weights).float()
                setattr(layer, name, dense)
    ids = torch.arange(2, 34)[None]
    with torch.inference_mode():
        found, expected = (one.model(ids).logits for one in (quantised, plain))
    assert (found - expected).norm() < 0.05 * expected.norm()  # products in bfloat16 there
