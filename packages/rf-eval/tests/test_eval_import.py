"""The two published result formats: read, rescored, and their own counts found again."""

import json

import pytest
from rf_eval.cli import run_command as run
from rf_eval.samples import read_dataset


def details_file(helpers, path, break_every=4):
    records = helpers.make_records(36)
    full, questions, resolves, counts = [], [], [], {"order": 0, "asked": 0}
    for i, record in enumerate(records):
        messages, kind = record["messages"], record["meta"]["type"]
        gt = json.loads(messages[-1]["content"]) if kind != "followup_question" else None
        wrong = i % break_every == 0
        if kind == "full":
            pred = gt | ({"order": gt["order"] + 1} if wrong else {})
            counts["order"] += not wrong
            full.append({"idx": i, "type": "full", "user": messages[1]["content"], "gt": gt,
                         "pred_raw": json.dumps(pred), "pred": pred,
                         "json_ok": True, "order_ok": not wrong})  # fmt: skip
        elif kind == "followup_question":
            raw = '{"order": 3}' if len(questions) % 2 else messages[-1]["content"]
            asked = not raw.startswith("{")
            counts["asked"] += asked
            questions.append({"idx": i, "user": messages[1]["content"],
                              "gt_text": messages[-1]["content"], "pred_raw": raw,
                              "correctly_asked": asked})  # fmt: skip
        else:
            resolves.append({"idx": i, "user_1": messages[1]["content"],
                             "user_2": messages[3]["content"], "gt": gt,
                             "gt_followup": messages[2]["content"],
                             "pred_followup": messages[2]["content"],
                             "pred_final_raw": f"```json\n{json.dumps(gt)}\n```",
                             "pred_final": gt})  # fmt: skip
    content = {
        "summary": {"model": "paper/model"},
        "details": {
            "full": full,
            "followup_question": questions,
            "followup_resolve": resolves,
        },
    }
    path.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
    return content, counts


def results(folder):
    rows = json.loads((folder / "results.json").read_text(encoding="utf-8"))["metrics"]
    return {(row["metric"], *row["group"].items()): row for row in rows}


def test_details_are_rescored_to_their_own_counts(helpers, tmp_path, capsys):
    content, counts = details_file(helpers, tmp_path / "pub.json")
    out = tmp_path / "out"
    assert run(["import", str(tmp_path / "pub.json"), "--out", str(out)]) == 0
    shown = capsys.readouterr().out
    assert " NO" not in shown and shown.count(" yes") == 3
    found = results(out / "paper-model")
    full = len(content["details"]["full"])
    assert found[("order", ("type", "full"))]["successes"] == counts["order"]
    assert found[("order", ("type", "full"))]["n"] == full
    assert found[("asked", ("type", "followup_question"))]["successes"] == counts["asked"]
    assert found[("asked_exactly",)]["n"] > 0
    assert found[("meets_spec",)]["successes"] == full  # one order too many still meets
    assert found[("minimal_order",)]["successes"] == counts["order"]
    resolved = found[("resolve_own.order",)]
    assert resolved["successes"] == resolved["n"] == len(content["details"]["followup_resolve"])
    assert found[("resolve_own.json_strict",)]["successes"] == 0
    data = read_dataset(out / "test.jsonl")
    assert len(data) == 36


def test_counts_of_a_summary_are_found_again_too(helpers, tmp_path, capsys):
    """By kind of sample, and for dialogues the second turn after the model's own first."""
    content, counts = details_file(helpers, tmp_path / "pub.json")
    right = len(content["details"]["followup_resolve"])
    content["summary"] |= {
        "full": {"total": 24, "json_ok": 24, "order_ok": counts["order"], "accuracy": 0.75},
        "followup_question": {"correctly_asked": counts["asked"]},
        "followup_resolve": {"order_ok": right, "json_ok": right - 1},
        "by_band": None,
    }
    for entry in content["details"]["followup_resolve"]:
        entry["filter_type_ok"] = True
    (tmp_path / "pub.json").write_text(json.dumps(content), encoding="utf-8")
    for history in ("own", "reference"):
        out = ["--out", str(tmp_path / history), "--history", history]
        assert run(["import", str(tmp_path / "pub.json"), *out]) == 0
        shown = capsys.readouterr().out
        table = [line.split() for line in shown.splitlines() if line.endswith((" yes", " NO"))]
        agrees = {(line[0], line[2]): line[-1] for line in table}
        assert agrees == {
            ("json_recovered", "full"): "yes",
            ("order", "full"): "yes",
            ("asked", "followup_question"): "yes",
            (f"resolve_{history}.filter_type", "followup_resolve"): "yes",
            (f"resolve_{history}.order", "followup_resolve"): "yes",
            (f"resolve_{history}.json_recovered", "followup_resolve"): "NO",
        }


def test_importing_again_is_idempotent_and_something_else_needs_force(helpers, tmp_path, capsys):
    source, out = tmp_path / "pub.json", tmp_path / "out"
    details_file(helpers, source)
    assert run(["import", str(source), "--out", str(out)]) == 0
    before = (out / "test.jsonl").read_bytes()
    assert run(["import", str(source), "--out", str(out)]) == 0
    details_file(helpers, source, break_every=3)
    assert run(["import", str(source), "--out", str(out)]) == 1
    assert "--force" in capsys.readouterr().err
    assert (out / "test.jsonl").read_bytes() == before


def outputs_file(helpers, path):
    records = [r for r in helpers.make_records(40) if r["meta"]["type"] != "followup_resolve"]
    sides = {"baseline": [], "finetuned": []}
    stated = {}
    for side, step in (("baseline", 3), ("finetuned", 7)):
        total = json_ok = order_ok = asked = questions = 0
        by_band = {}
        for i, record in enumerate(records):
            kind = record["meta"]["type"]
            entry = {"idx": i, "type": kind, "user": record["messages"][1]["content"]}
            if kind == "full":
                gt = json.loads(record["messages"][-1]["content"])
                readable, right = i % (2 * step) != 1, i % step != 0
                pred = gt | ({} if right else {"order": gt["order"] - 1})
                raw = "Sure, here is the specification you asked for: " + json.dumps(pred, indent=4)
                entry |= {"gt_band": gt["filter_band"], "gt_order": gt["order"],
                          "pred_raw": raw[:200] if readable else "I cannot do that.",
                          "pred_json": pred if readable else None, "json_ok": readable}  # fmt: skip
                band = by_band.setdefault(
                    gt["filter_band"], {"total": 0, "json_ok": 0, "order_ok": 0}
                )
                total += 1
                json_ok += readable
                order_ok += readable and right
                band["total"] += 1
                band["json_ok"] += readable
                band["order_ok"] += readable and right
            else:
                asks = i % step != 0
                raw = record["messages"][-1]["content"] if asks else "OK."
                entry |= {"gt_band": None, "gt_order": None, "pred_json": None}
                entry |= {"json_ok": False, "pred_raw": raw}
                questions += 1
                asked += asks
            sides[side].append(entry)
        stated[side] = {
            "name": f"model {side}", "json_ok": json_ok, "filter_type_ok": json_ok,
            "filter_band_ok": json_ok, "order_ok": order_ok, "keys_complete": json_ok,
            "total": total, "num_errs": {}, "by_band": by_band, "followup_correct": asked,
            "followup_total": questions, "total_time": 1.0,
        }  # fmt: skip
    content = stated | {f"{side}_outputs": entries for side, entries in sides.items()}
    path.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
    return stated


def test_cut_outputs_are_rescored_from_their_objects(helpers, tmp_path, capsys):
    stated = outputs_file(helpers, tmp_path / "pub.json")
    out = tmp_path / "out"
    assert run(["import", str(tmp_path / "pub.json"), "--out", str(out)]) == 0
    shown = capsys.readouterr().out
    assert " NO" not in shown and shown.count(" yes") == 2 * (5 + 2 * 3 + 1)
    for side, counts in stated.items():
        found = results(out / f"model-{side}")
        assert found[("order",)]["successes"] == counts["order_ok"]
        assert found[("order",)]["n"] == counts["total"]
        assert ("meets_own_spec",) in found
    comparison = tmp_path / "c.json"
    folders = [str(out / f"model-{side}") for side in stated]
    assert run(["compare", *folders, "--out", str(comparison)]) == 0


def test_a_count_that_does_not_come_out_is_shown(helpers, tmp_path, capsys):
    content, _ = details_file(helpers, tmp_path / "pub.json")
    content["details"]["full"][0]["order_ok"] ^= True
    (tmp_path / "pub.json").write_text(json.dumps(content), encoding="utf-8")
    assert run(["import", str(tmp_path / "pub.json"), "--out", str(tmp_path / "out")]) == 0
    assert capsys.readouterr().out.count(" NO") == 1


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ({"a": 1}, "not a known result format"),
        ({"details": {"full": [{"idx": 1}]}}, "an entry has no"),
        ({"details": {"full": [{"idx": 1, "user": "x", "gt": 3, "pred_raw": ""}]}}, "gt"),
        ({"details": {"full": 3}}, "not a list of objects"),
        ({"details": {"full": [{"idx": [1], "user": "x"}]}}, "idx [1] is neither"),
        ({"details": {"full": [{"idx": 1, "user": ["x"]}]}}, "idx 1: user is not a text"),
        ({"baseline_outputs": [{"idx": 1, "user": None}]}, "idx 1: user is not a text"),
        ({"details": {"followup_question": [{"idx": 1, "user": "a", "gt_text": "b",
          "pred_raw": "c"}] * 2}}, "duplicate"),
    ],
)  # fmt: skip
def test_what_is_no_result_file(content, reason, tmp_path, capsys):
    path = tmp_path / "pub.json"
    path.write_text(json.dumps(content), encoding="utf-8")
    assert run(["import", str(path), "--out", str(tmp_path / "out")]) == 1
    error = capsys.readouterr().err
    assert str(path) in error and reason in error and not (tmp_path / "out" / "test.jsonl").exists()
