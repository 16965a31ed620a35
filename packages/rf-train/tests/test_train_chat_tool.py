"""A tool carries out the model's calls; the dialogue goes on with its replies."""

import json
import shlex
import sys

import pytest
from rf_train.chat.conversation import Conversation
from rf_train.chat.tool import Tool, find_call, reply_of
from rf_train.errors import TrainError

CALL = '<tool_call>{"name": "add", "arguments": {"a": "2", "b": "3"}}</tool_call>'
ADDER = """
import json, sys
for line in sys.stdin:
    asked = json.loads(line)
    total = sum(map(int, asked["arguments"].values()))
    reply = {"zh": f"和 {total}", "en": f"Sum {total}"}
    print(json.dumps({"id": asked["id"], "total": total, "reply": reply}))
"""


def command(tmp_path, program: str) -> str:
    (tmp_path / "tool.py").write_text(program, encoding="utf-8")
    return shlex.join([sys.executable, str(tmp_path / "tool.py")])


@pytest.mark.parametrize(
    ("text", "call"),
    [
        (CALL, {"name": "add", "arguments": {"a": "2", "b": "3"}}),
        (f"thinking\n{CALL}\n", {"name": "add", "arguments": {"a": "2", "b": "3"}}),
        (CALL.replace("}}", "}"), None),
        (CALL.removesuffix("</tool_call>"), None),
        ('<tool_call>{"name": "add"}</tool_call>', None),
        ('{"name": "add", "arguments": {}}', None),
        ("no call", None),
    ],
)
def test_a_call_is_found_only_whole(text, call):
    assert find_call(text) == call


def test_the_tool_gets_the_arguments_and_its_result_is_kept(tmp_path):
    tool = Tool(command(tmp_path, ADDER))
    result = tool.answer({"a": "2", "b": "3"})
    assert result == {"total": 5, "reply": {"zh": "和 5", "en": "Sum 5"}}
    assert reply_of(result, "二加三") == "和 5"
    assert reply_of(result, "two and three") == "Sum 5"
    assert reply_of({"reply": "five"}, "?") == "five"
    assert json.loads(reply_of({"total": 5}, "?")) == {"total": 5}


@pytest.mark.parametrize(
    ("program", "reason"),
    [
        ("import sys; sys.exit('cannot add')", "wrote no result: cannot add"),
        ("print('[1]')", "wrote no result: "),
        ("print('')", "wrote no result: "),
    ],
)
def test_a_tool_that_fails_is_one_line(tmp_path, program, reason):
    with pytest.raises(TrainError, match=reason) as caught:
        Tool(command(tmp_path, program)).answer({})
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("words", ["no-such-command -", "", "'unclosed"])
def test_a_command_that_is_not_there_is_refused_before_the_model_loads(words):
    with pytest.raises(TrainError, match=r"^tool: "):
        Tool(words)


class Parrot:
    """Stands for a loaded model: answers with given texts, one per question."""

    def __init__(self, tokenizer, *texts: str) -> None:
        self.tokenizer, self.generator, self.max_new_tokens = tokenizer, self, 100
        self.longest, self.prompts, self._texts = None, [], list(texts)
        self.stop_ids = [tokenizer.convert_tokens_to_ids("<|im_end|>")]

    def system_prompt(self, question):
        return ""

    def prompt(self, messages):
        self.prompts.append([dict(message) for message in messages])
        return [0]

    def tokens(self, prompt, room):
        text = self._texts.pop(0)
        yield from self.tokenizer(text, add_special_tokens=False)["input_ids"] + self.stop_ids


def test_the_dialogue_holds_the_reply_in_the_place_of_the_call(tmp_path, tokenizer):
    """As the training data has it: an earlier turn is the text that its user read."""
    shown = []
    parrot = Parrot(tokenizer, CALL, "plain words")
    conversation = Conversation(parrot, Tool(command(tmp_path, ADDER)))
    first = conversation.ask("two and three", shown.append)
    assert (first.text, first.reply) == (CALL, "Sum 5")
    assert first.call == find_call(CALL)
    assert first.result["total"] == 5
    assert "".join(shown) == CALL
    second = conversation.ask("thanks", shown.append)
    assert (second.call, second.result, second.reply) == (None, None, None)
    assert [m["content"] for m in parrot.prompts[1]] == ["two and three", "Sum 5", "thanks"]
    assert conversation.messages[-1]["content"] == "plain words"


def test_without_a_tool_a_call_is_text(tokenizer):
    conversation = Conversation(Parrot(tokenizer, CALL))
    answer = conversation.ask("two and three", lambda piece: None)
    assert (answer.call, answer.reply) == (None, None)
    assert conversation.messages[-1]["content"] == CALL


def test_a_question_enters_the_dialogue_in_plain_characters(tokenizer):
    """The model reads what keyboards write, whatever an input method made of it."""
    parrot = Parrot(tokenizer, "one", "two")
    conversation = Conversation(parrot)
    answer = conversation.ask("中心１．２ＧＨｚ，阻带−40㏈", lambda piece: None)
    conversation.ask("纹波 0.1\u00a0dB", lambda piece: None)
    plain = "中心1.2GHz，阻带-40dB"
    assert answer.messages[-1]["content"] == plain
    assert [m["content"] for m in parrot.prompts[1]] == [plain, "one", "纹波 0.1 dB"]
