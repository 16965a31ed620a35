"""Requests by people who had seen nothing of the project, answered by `rf-design --batch`.

    uv run python benchmarks/strangers.py

strangers.jsonl holds them with what they ask for: no training and no check was made with them in
mind before they were answered once. Writes strangers.json beside itself: for each set,
how many designs, questions and refusals are as asked for, the wrong designs, and what is
not right. `--answers FILE --name NAME` scores the answers of an earlier `--batch` instead and keeps
them under another name.
"""

import argparse
import json
import math
import subprocess
import tempfile
from pathlib import Path

from handwritten_reading import program

HERE = Path(__file__).resolve()
GAPS = {  # what a request lacks, by the published keys that the solver asks for
    "ripple": {"ripple_db"},
    "stop_edge": {"fs", "fs_lower", "fs_upper"},
    "attenuation": {"La_target"},
    "pass_band": {"fc", "f_center", "bandwidth", "filter_band"},
}


def differences(want, result):
    """What an answer has otherwise than the request asks for; empty if nothing."""
    if result["status"] != want["status"]:
        return [result["status"]]
    if want["status"] == "incomplete":
        asked = {gap for gap, keys in GAPS.items() if keys & set(result["missing"])}
        return [] if asked == set(want["missing"]) else [f"asks for {', '.join(sorted(asked))}"]
    return design_differences(want, result) if want["status"] == "designed" else []


def design_differences(want, result):
    """The quantities of a design that are not those of the request."""
    spec = result["spec"]
    names = ("fc",) if "fc" in spec else ("f1", "f2")
    edges = [spec.get(f"{name}_stated", spec[name]) for name in names]
    checks = {
        "order": result["order"] == want["order"],
        "band": spec["filter_band"] == want["band"],
        "family": spec["filter_type"] == want["family"],
        "impedance": "R_source" in spec or close([spec["R0"]], [want["r0"]]),
        "ripple": want["ripple_db"] is None
        or close([spec.get("ripple_db", spec.get("edge_db"))], [want["ripple_db"]]),
        # edges at another level than the ripple are converted: the order holds them
        "edges": edges_are_converted(want) or close(edges, want["edges_hz"]),
    }
    return [name for name, is_right in checks.items() if not is_right]


def edges_are_converted(want):
    """Whether the edges of a Chebyshev filter are stated at another level than the ripple."""
    return bool(want["edge_level_db"]) and want["family"] == "chebyshev"


def close(found, wanted):
    """Whether all numbers agree to a thousandth, as far as people round them."""
    return len(found) == len(wanted) and all(
        math.isclose(one, other, rel_tol=1e-3) for one, other in zip(found, wanted, strict=True)
    )


def scored(lines, answers):
    """Right answers of each kind as [right, all], wrong designs, and what is not right by id."""
    counts = {kind: [0, 0] for kind in ("designed", "incomplete", "outside")}
    wrong, not_right = 0, {}
    for line in lines:
        want, result = line["want"], answers[line["id"]]["result"]
        found = differences(want, result)
        counts[want["status"]][0] += not found
        counts[want["status"]][1] += 1
        if found:
            not_right[line["id"]] = f"{want['status']}: {', '.join(found)}"
            wrong += result["status"] == "designed"
    return {**counts, "wrong_designs": wrong, "not_right": not_right}


def answered(lines):
    """The answers of `rf-design --batch` by id."""
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder, "in.jsonl"), Path(folder, "out.jsonl")
        asked = [{"id": line["id"], "request": line["request"]} for line in lines]
        source.write_text("".join(json.dumps(one) + "\n" for one in asked), encoding="utf-8")
        subprocess.run([program(), "--batch", source, "--out", target], check=True)
        return by_id(target)


def by_id(path):
    lines = Path(path).read_text(encoding="utf-8").splitlines()
    return {line["id"]: line for line in map(json.loads, lines)}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--answers", nargs="*", help="Score these results of rf-design --batch.")
    parser.add_argument("--name", default="now")
    options = parser.parse_args()
    lines = list(by_id(HERE.with_suffix(".jsonl")).values())
    answers = {}
    for path in options.answers or ():
        answers |= by_id(path)
    answers = answers or answered(lines)
    lines = [line for line in lines if line["id"] in answers]
    result = {
        name: scored([line for line in lines if line["set"] == name], answers)
        for name in dict.fromkeys(line["set"] for line in lines)
    }
    print(json.dumps(result, indent=2))
    place = HERE.with_suffix(".json")
    known = json.loads(place.read_text(encoding="utf-8")) if place.is_file() else {}
    known[options.name] = known.get(options.name, {}) | result
    place.write_text(json.dumps(known, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
