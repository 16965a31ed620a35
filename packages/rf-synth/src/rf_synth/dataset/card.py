"""The registration of a data set in LLaMA-Factory, and the data-set card."""

from collections import Counter
from typing import Any

from rf_synth.dataset import request_card
from rf_synth.dataset.card_head import composition_head, table_row
from rf_synth.dataset.plan import LANGS, TYPES, Plan
from rf_synth.dataset.recipe import Recipe
from rf_synth.specs.minimum_order import BANDS

_TAGS = {f"{name}_tag": name for name in ("role", "content", "user", "assistant", "system")}
_TOOLS = {"function_call": {"tools": "tools"}}
_CALL_TAGS = {"function_call": {"function_tag": "function_call"}}
_HF_SPLITS = {"train": "train", "val": "validation", "test": "test", "test_ood": "test_ood"}


def dataset_info(recipe: Recipe) -> dict[str, Any]:
    """LLaMA-Factory's dataset_info.json: one entry per split, in its sharegpt format."""
    return {
        f"{recipe.name}_{split}": {
            "file_name": f"{split}.jsonl",
            "formatting": "sharegpt",
            "columns": {"messages": "messages"} | _TOOLS.get(recipe.call_role, {}),
            "tags": _TAGS | _CALL_TAGS.get(recipe.call_role, {}),
        }
        for split in recipe.counts
    }


def readme(recipe: Recipe) -> str:
    """The data-set card: YAML metadata, composition, ranges, conventions, limits."""
    if recipe.source == "requests":
        counts = {
            split: {**types, **langs}
            for split, count in recipe.counts.items()
            for types, _, langs in [counted(Plan(recipe.compositions[split], 0), count)]
        }
        body = request_card.body(recipe, counts)
    else:
        body = [*_composition(recipe), *_ranges(recipe), *_conventions()]
    return "\n".join([*_front_matter(recipe), *body]) + "\n"


def _front_matter(recipe: Recipe) -> list[str]:
    total = sum(recipe.counts.values())
    sizes = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (10**6, "100K<n<1M"))
    size = next((name for limit, name in sizes if total < limit), "n>1M")
    lines = ["---", f"pretty_name: {recipe.name}", "license: apache-2.0", "language: [zh, en]"]
    lines += ["task_categories: [text-generation]", f"size_categories: [{size}]"]
    lines += ["tags: [rf, microwave, filter, chebyshev, synthetic]", "configs:"]
    lines += ["- config_name: default", "  data_files:"]
    for split in recipe.counts:
        lines += [f"  - split: {_HF_SPLITS[split]}", f"    path: {split}.jsonl"]
    return [*lines, "---", ""]


def _composition(recipe: Recipe) -> list[str]:
    lines = [
        f"# {recipe.name}",
        "",
        "Conversations in which an engineer asks for a Chebyshev type I filter and the assistant "
        "answers with one JSON object, the complete specification and the minimum order that meets "
        "it, or asks for exactly what is missing. Every number is exact; nothing was simulated, "
        "measured or written by a language model.",
        "",
        *composition_head(recipe, (*TYPES, *BANDS, *LANGS)),
    ]
    for split, count in recipe.counts.items():
        types, bands, langs = counted(Plan(recipe.compositions[split], 0), count)
        cells = [count, *(types[t] for t in TYPES), *(bands[b] for b in BANDS)]
        lines.append(table_row(split, [*cells, *(langs[c] for c in LANGS)]))
    return [*lines, "", "Bands are those of full and followup_resolve records.", ""]


def counted(plan: Plan, count: int) -> tuple[Counter[str], Counter[str], Counter[str]]:
    """Counts of types, bands (questions left out) and languages among `count` records."""
    types, bands, langs = Counter[str](), Counter[str](), Counter[str]()
    times, rest = divmod(count, plan.period)
    whole = Counter({cell: n * times for cell, n in plan.cells.items()})
    whole.update(plan.cell(index) for index in range(rest))
    for (kind, band, lang), n in whole.items():
        types[kind] += n
        langs[lang] += n
        if kind != "followup_question":
            bands[band] += n
    return types, bands, langs


def _ranges(recipe: Recipe) -> list[str]:
    ranges = recipe.ranges
    low, high = ranges.frequency
    return [
        "## Ranges",
        "",
        "| parameter | range |",
        "|---|---|",
        f"| fc, f_center | {low / 1e6:g} … {high / 1e6:g} MHz, log-uniform |",
        f"| Ω (stop edge over pass edge) | {ranges.selectivity[0]:g} … {ranges.selectivity[1]:g} |",
        f"| ripple_db | {ranges.ripple_db[0]:g} … {ranges.ripple_db[1]:g} dB |",
        f"| La_target | {ranges.attenuation_db[0]:g} … {ranges.attenuation_db[1]:g} dB |",
        f"| R0 | {', '.join(str(v) for v in ranges.impedance)} ohm, "
        f"{ranges.free_impedance_share:.0%} free |",
        f"| order | {ranges.order[0]} … {ranges.order[1]}, about uniform |",
        f"| bandwidth / f_center | {ranges.relative_bandwidth[0]:.0%} … "
        f"{ranges.relative_bandwidth[1]:.0%}, log-uniform |",
        f"| distance of n to a whole number | {ranges.margin[0]:g} … {ranges.margin[1]:g} |",
        "",
    ]


def _conventions() -> list[str]:
    return [
        "## Conventions",
        "",
        "- `order` = ⌈n⌉, n = acosh K / acosh Ω, K² = (10^(La/10) - 1)/(10^(Lr/10) - 1).",
        "- Band-pass: `f_center` is the **arithmetic** centre; the pass band reaches from "
        "f_center - bandwidth/2 to f_center + bandwidth/2, Ω is that of the harder stop edge, and "
        "`order` is the prototype's (2·order poles).",
        "- `fc` is the edge of the ripple band, not the 3 dB point.",
        "- Frequencies in Hz, ripple and attenuation in dB, R0 in ohm.",
        "- Every number of an answer is stated in the user's messages as it is.",
        "",
        "## Splits",
        "",
        "No two splits share a request or the frequencies of a specification. `test_ood` uses "
        "phrasing families that the other splits never use (15 % of all).",
        "",
        "## Known limits",
        "",
        "- Chebyshev type I only; no losses, no finite Q, no group delay, no element values.",
        "- The requests are made from templates and are more regular than what people type.",
        "- `filter_type` is always stated; every request is for one filter.",
        "- If a low-pass or high-pass band is not stated, one of its two edges is missing too.",
        "- In a split of millions a request that states only one number can occur twice.",
        "",
    ]
