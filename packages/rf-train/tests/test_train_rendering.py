"""Rendering: training shows exactly the token ids of inference, with loss on the answers only."""

import json
import os
from dataclasses import replace

import numpy as np
import pytest
from rf_jsonl import FileError
from rf_train.data.rendering import Rendered, render, tokenise
from rf_train.data.sources import Source, find_source
from rf_train.data.templates import END, TEMPLATES, apply_template
from rf_train.data.tokenised import read_samples
from rf_train.errors import TrainError

DIALOGUE = [
    {"role": "system", "content": "你是滤波器设计助手。频率单位 Hz。"},
    {"role": "user", "content": "low-pass, 1.2 GHz, 2.4 GHz"},
    {"role": "assistant", "content": "缺少衰减，要多少 dB？"},
    {"role": "user", "content": "40 dB"},
    {"role": "assistant", "content": '{"fc": 1200000000, "order": 7}'},
]


def examples_of(messages, tokenizer, name):
    found = list(tokenise(render(messages, tokenizer, TEMPLATES[name]), tokenizer))
    for example in found:
        if isinstance(example, TrainError):
            raise example
    return found


def labelled_text(example, tokenizer):
    return tokenizer.decode(example.ids[example.answer].tolist())


def test_loss_is_on_answers_and_their_end_tokens(tokenizer):
    (example,) = examples_of(DIALOGUE, tokenizer, "chatml")
    assert labelled_text(example, tokenizer) == (
        DIALOGUE[2]["content"] + END + DIALOGUE[4]["content"] + END
    )
    end = tokenizer.convert_tokens_to_ids(END)
    assert np.count_nonzero(example.ids[example.answer] == end) == 2
    assert tokenizer.pad_token_id != end


@pytest.mark.parametrize("turns_differ", [False, True])
def test_mask_history_leaves_the_loss_on_the_last_answer(tokenizer, turns_differ):
    """One example per dialogue whichever the template, its ids those of the whole dialogue."""
    template = replace(TEMPLATES["chatml"], turns_differ=turns_differ)
    [masked] = tokenise(render(DIALOGUE, tokenizer, template, mask_history=True), tokenizer)
    *_, unmasked = tokenise(render(DIALOGUE, tokenizer, template), tokenizer)
    assert labelled_text(masked, tokenizer) == DIALOGUE[4]["content"] + END
    assert masked.ids.tolist() == unmasked.ids.tolist()


def test_a_recipe_with_mask_history_trains_on_last_answers_only(tmp_path, write_recipe):
    """The number of trained tokens in the run's record, against the tokens counted by hand."""
    from rf_train.cli import run
    from rf_train.model.loading import load_tokenizer

    counts = {}
    for masked in (False, True):
        folder = tmp_path / f"masked-{masked}"
        recipe = write_recipe(output_dir=str(folder), mask_history=masked)
        assert run(["train", str(recipe)]) == 0
        record = json.loads((folder / "run.json").read_text(encoding="utf-8"))
        counts[masked] = record["data"]["train"]["answer_tokens"]
    recipe = record["recipe"]
    tokenizer = load_tokenizer(recipe["model_name_or_path"])
    expected = {False: 0, True: 0}
    for _, messages, _ in find_source(recipe["dataset"], recipe["dataset_dir"]).dialogues():
        answers = [m["content"] for m in messages if m["role"] == "assistant"]
        lengths = [len(tokenizer(text + END)["input_ids"]) for text in answers]
        expected[False] += sum(lengths)
        expected[True] += lengths[-1]
    assert counts == expected
    assert counts[True] < counts[False]


def test_ids_are_those_of_the_whole_text(tokenizer):
    (example,) = examples_of(DIALOGUE, tokenizer, "chatml")
    text = tokenizer.apply_chat_template(DIALOGUE, tokenize=False).removesuffix("\n")
    assert example.ids.tolist() == tokenizer(text, add_special_tokens=False)["input_ids"]


def test_every_prompt_is_what_inference_shows(tokenizer):
    (example,) = examples_of(DIALOGUE, tokenizer, "chatml")
    for turn in (2, 4):
        prompt = tokenizer.apply_chat_template(
            DIALOGUE[:turn], add_generation_prompt=True, return_dict=False
        )
        assert example.ids[: len(prompt)].tolist() == prompt
        assert example.answer[len(prompt)] and not example.answer[len(prompt) - 1]


def test_a_pad_that_is_the_end_token_masks_nothing(tokenizer):
    """Many tokenizers pad with their end token; its loss must not go with the padding."""
    from rf_train.data.batches import make_batch

    end = tokenizer.convert_tokens_to_ids(END)
    long, short = (
        (example.ids, example.answer)
        for turns in (5, 3)
        for example in examples_of(DIALOGUE[:turns], tokenizer, "chatml")
    )
    for layout in ("packed", "padded"):
        batch = make_batch([long, short], layout, end, 64)
        assert (batch.input_ids == end).sum() > 5 + 3  # pads among them
        assert (batch.answers == end).sum() == 2 + 1  # the ends of three answers, no pad
        predicted = batch.input_ids.flatten()[batch.answer_at + 1]
        assert predicted.tolist() == batch.answers.tolist()


@pytest.mark.parametrize(
    ("messages", "reason"),
    [
        ([{"role": "user", "content": "x"}], "no assistant turn"),
        ([{"role": "assistant", "content": "x"}], "the first message is the assistant's"),
    ],
)
def test_dialogues_without_a_lesson_are_refused(tokenizer, messages, reason):
    with pytest.raises(TrainError, match=reason):
        render(messages, tokenizer, TEMPLATES["chatml"])


def test_an_end_token_inside_an_answer_is_refused(tokenizer):
    messages = [{"role": "user", "content": "x"}, {"role": "assistant", "content": f"a{END}b"}]
    with pytest.raises(TrainError, match="occurs inside an answer"):
        examples_of(messages, tokenizer, "chatml")


def test_an_answer_must_begin_on_a_token(tokenizer):
    """' dB' is one token, so an answer 'dB' after a blank would be glued to its prompt."""
    text = "1 dB" + END
    assert len(tokenizer("dB 1 dB", add_special_tokens=False)["input_ids"]) < 7
    (result,) = tokenise([Rendered(text, ((2, len(text)),))], tokenizer)
    assert isinstance(result, TrainError)
    assert "first token" in str(result)


def test_qwen3_is_refused_where_the_tokenizer_has_no_such_template(tokenizer_folder):
    from rf_train.model.loading import load_tokenizer

    with pytest.raises(TrainError, match="thinking switched off"):
        apply_template(load_tokenizer(str(tokenizer_folder)), TEMPLATES["qwen3"])


# -- the official tokenizer ----------------------------------------------------------------------


@pytest.fixture
def qwen3():
    folder = os.environ.get("RF_QWEN3_TOKENIZER")
    if not folder:
        pytest.skip("RF_QWEN3_TOKENIZER names no folder with the official tokenizer")
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(folder)


def test_qwen3_examples_are_the_official_template_id_by_id(qwen3):
    """The whole official rendering without thinking of each turn, but for the last newline."""
    apply_template(qwen3, TEMPLATES["qwen3"])
    examples = examples_of(DIALOGUE, qwen3, "qwen3")
    assert len(examples) == 2
    for example, turns in zip(examples, (3, 5), strict=True):
        official = qwen3.apply_chat_template(
            DIALOGUE[:turns], enable_thinking=False, return_dict=False
        )
        newline = qwen3("\n", add_special_tokens=False)["input_ids"]
        assert example.ids.tolist() + newline == official
        prompt = qwen3.apply_chat_template(
            DIALOGUE[: turns - 1],
            add_generation_prompt=True,
            enable_thinking=False,
            return_dict=False,
        )
        assert example.ids[: len(prompt)].tolist() == prompt
        assert example.answer.tolist() == [False] * len(prompt) + [True] * (
            len(example.ids) - len(prompt)
        )
        assert example.ids[-1] == 151645
        assert "<think>\n\n</think>\n\n" in qwen3.decode(prompt)


def test_qwen3_history_has_no_think_block(qwen3):
    apply_template(qwen3, TEMPLATES["qwen3"])
    _, second = examples_of(DIALOGUE, qwen3, "qwen3")
    assert qwen3.decode(second.ids.tolist()).count("<think>") == 1


def test_qwen3_nothink_is_llama_factorys_rendering(qwen3):
    """Written out by hand from the format its template of that name registers."""
    apply_template(qwen3, TEMPLATES["qwen3_nothink"])
    (example,) = examples_of(DIALOGUE, qwen3, "qwen3_nothink")
    expected = "<|im_start|>system\n" + DIALOGUE[0]["content"] + "<|im_end|>\n"
    for user, assistant in ((1, 2), (3, 4)):
        expected += f"<|im_start|>user\n{DIALOGUE[user]['content']}<|im_end|>\n"
        expected += f"<|im_start|>assistant\n{DIALOGUE[assistant]['content']}<|im_end|>\n"
    whole = qwen3(expected, add_special_tokens=False)["input_ids"]
    assert example.ids.tolist() == whole[:-1]  # the newline behind the last end token
    assert labelled_text(example, qwen3).count(END) == 2


# -- data sets -----------------------------------------------------------------------------------


def test_overlong_and_empty_samples_are_counted_and_named(tmp_path, tokenizer):
    path = tmp_path / "d.jsonl"
    answers = ["fine", "dB " * 400, "  ", "fine too"]
    with open(path, "w", encoding="utf-8") as file:
        for answer in answers:
            turns = [{"role": "user", "content": "q"}, {"role": "assistant", "content": answer}]
            file.write(json.dumps({"messages": turns}) + "\n")
    arguments = (Source(path), tokenizer, TEMPLATES["chatml"])
    samples = read_samples(*arguments, cutoff_len=100)
    assert (len(samples), samples.summary.records) == (2, 4)
    assert samples.summary.skipped.counts == {"over cutoff_len": 1, "empty answer": 1}
    assert samples.summary.skipped.places["over cutoff_len"] == [f"{path}:2"]
    with pytest.raises(FileError, match=r"d\.jsonl:2: \d+ tokens, over cutoff_len"):
        read_samples(*arguments, cutoff_len=100, refuse_overlong=True)


def lines_of(samples):
    return samples.lines(np.arange(len(samples))).tolist()


def test_validation_dialogues_are_drawn_whole(tmp_path, tokenizer, write_data):
    """All turns of a dialogue on one side, from all over the file, alike for the same seed."""
    each_turn = replace(TEMPLATES["chatml"], turns_differ=True)
    path = write_data(tmp_path / "d.jsonl", 60)
    samples = read_samples(Source(path), tokenizer, each_turn, cutoff_len=500)
    assert (len(samples), samples.summary.records) == (80, 60)
    train, held = samples.split(0.25, seed=1)
    assert (train.summary.records, held.summary.records) == (45, 15)
    assert not set(lines_of(train)) & set(lines_of(held))
    assert min(lines_of(held)) <= 20 and max(lines_of(held)) > 40
    together = sorted(
        part.sample(i)[0].tolist() for part in (train, held) for i in range(len(part))
    )
    assert together == sorted(samples.sample(i)[0].tolist() for i in range(80))
    for part in (train, held):
        assert all(part.sample(i)[1].any() for i in range(len(part)))
    assert lines_of(samples.split(15, seed=1)[1]) == lines_of(held)
    assert lines_of(samples.split(0.25, seed=2)[1]) != lines_of(held)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ('{"messages": [{"role": "user", "content": "x"}]}', "no assistant turn"),
        ('{"messages": []}', "expected a list of messages"),
        ('{"messages": [{"role": "robot", "content": "x"}]}', "role 'robot' is not known"),
        ('{"messages": [{"role": "user", "content": 5}]}', "is not text"),
        ('{"messages": [{"role": "user"', "not JSON"),
    ],
)
def test_a_faulty_record_is_named_by_its_line(tmp_path, tokenizer, line, reason):
    good = {"messages": [{"role": "user", "content": "q"}, {"role": "assistant", "content": "a"}]}
    path = tmp_path / "d.jsonl"
    path.write_text(json.dumps(good) + "\n" + line + "\n", encoding="utf-8")
    with pytest.raises(FileError, match=rf"d\.jsonl:2: .*{reason}"):
        read_samples(Source(path), tokenizer, TEMPLATES["chatml"], cutoff_len=100)


def test_registered_sharegpt_data_is_read_by_its_tags(tmp_path, tokenizer):
    record = {
        "conversations": [{"from": "human", "value": "q"}, {"from": "gpt", "value": "a"}],
        "sys": "be brief",
    }
    (tmp_path / "talk.jsonl").write_text(json.dumps(record) + "\n", encoding="utf-8")
    entry = {"file_name": "talk.jsonl", "formatting": "sharegpt", "columns": {"system": "sys"}}
    info = {"talks": entry, "old": {"file_name": "talk.jsonl"}}
    (tmp_path / "dataset_info.json").write_text(json.dumps(info), encoding="utf-8")
    ((_, messages, _),) = find_source("talks", str(tmp_path)).dialogues()
    assert [m["role"] for m in messages] == ["system", "user", "assistant"]
    with pytest.raises(FileError, match="did you mean talks"):
        find_source("talk_s", str(tmp_path))
    with pytest.raises(FileError, match="only formatting sharegpt"):
        find_source("old", str(tmp_path))


def test_parquet_and_csv_files_are_read_row_by_row(tmp_path):
    """What `datasets` writes of a JSONL file is the same dialogues; CSV holds them as text."""
    from datasets import Dataset

    turns = [{"role": "user", "content": "通带 1 GHz"}, {"role": "assistant", "content": "{}"}]
    records = [{"messages": turns, "tools": None}, {"messages": turns[:1] * 2 + turns[1:]}]
    lines = "".join(json.dumps(record) + "\n" for record in records)
    (tmp_path / "a.jsonl").write_text(lines, encoding="utf-8")
    Dataset.from_list(records).to_parquet(tmp_path / "a.parquet")
    array = json.dumps(records, ensure_ascii=False)
    (tmp_path / "a.json").write_text(array, encoding="utf-8")
    texts = [{"messages": json.dumps(record["messages"])} for record in records]
    Dataset.from_list(texts).to_csv(tmp_path / "a.csv", index=False)
    expected = list(find_source("a.jsonl", str(tmp_path)).dialogues())
    for name in ("a.json", "a.parquet", "a.csv"):
        assert list(find_source(name, str(tmp_path)).dialogues()) == expected


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.parquet", b"no such thing", r"a\.parquet: cannot be read as parquet: "),
        ("a.csv", b"messages\n[1\n", r"a\.csv:1: the text under 'messages' is not a list of mess"),
        ("a.csv", b"text\nhello\n", r"a\.csv:1: expected a list of messages under 'messages'"),
        ("a.csv", b"messages\n\xff\n", r"a\.csv: cannot be read as csv: "),
        ("a.arrow", b"", r"a\.arrow: expected a file of \.jsonl, \.json, \.parquet, \.csv"),
    ],
)
def test_faulty_tables_are_one_line(tmp_path, name, content, reason):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(FileError, match=reason):
        list(find_source(name, str(tmp_path)).dialogues())
