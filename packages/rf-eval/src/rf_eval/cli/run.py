"""`rf-eval run`: generate, score, compare and report as a recipe says."""

from pathlib import Path

import click
from msgspec.structs import replace
from rf_jsonl import locked_folder, shown
from rf_jsonl.options import FOLDER, PATH

from rf_eval.backends import make_backend
from rf_eval.errors import EvalError
from rf_eval.offered import offered_functions
from rf_eval.outputs import score_into
from rf_eval.predictions import PREDICTIONS, read_meta
from rf_eval.recipe import Recipe, read_recipe
from rf_eval.runs import generate
from rf_eval.samples import DataSet, read_dataset
from rf_eval.scored import COMPARISON, FURTHER, read_results
from rf_eval.select import select
from rf_eval.subset import subset
from rf_eval.tools import Tool


@click.command()
@click.option("--recipe", type=PATH, help="A recipe; by default the packaged quickstart.")
@click.option("--n", type=click.IntRange(0), help="Samples, stratified; 0 = all.")
@click.option("--tool", help="A command that answers calls, instead of the recipe's.")
@click.option("--out", type=FOLDER, help="Output folder, instead of the recipe's.")
@click.option("--resume", is_flag=True, help="Continue an interrupted run.")
@click.option("--force", is_flag=True, help="Start over and replace different results.")
def run(
    *,
    recipe: Path | None,
    n: int | None,
    tool: str | None,
    out: Path | None,
    resume: bool,
    force: bool,
) -> None:
    """Evaluate every model of a recipe on the same samples and compare them."""
    plan = read_recipe(recipe)
    plan = plan if tool is None else replace(plan, tool=tool)
    root = Path(out or plan.out)
    count = plan.n if n is None else n
    data = read_dataset(plan.data)
    names = ", ".join(plan.models)
    drawn = len(subset(data.records, count, plan.seed))
    click.echo(
        f"Evaluating {names} on {drawn} of {len(data)} samples of {shown(plan.data)} → "
        f"{shown(root)}/"
    )
    with locked_folder(root):  # otherwise two runs could mix their models in a comparison
        changed = [
            _one_model(plan, name, data, root, count, resume=resume, force=force)
            for name in plan.models
        ]
        _conclude(plan, root, data, any(changed), force or resume)


def _one_model(
    plan: Recipe, name: str, data: DataSet, root: Path, n: int, *, resume: bool, force: bool
) -> bool:
    """Generates and scores one model; returns whether anything was written."""
    backend_name, options = plan.options(name)
    tool = plan.tool_of(name)
    if tool and backend_name == "openai":
        options["tools"] = offered_functions(data.metadata, plan.tool_schema)
    backend = make_backend(backend_name, options)
    done = generate(
        data,
        backend_name,
        backend,
        root / name,
        name=name,
        n=n,
        seed=plan.seed,
        resume=resume,
        force=force,
        tool=Tool(tool, plan.tool_timeout) if tool else None,
    )
    if done.changed:
        speed = len(done.predictions) / done.seconds if done.seconds else 0.0
        click.echo(
            f"{name}: {len(done.predictions)} answers in {done.seconds:.0f} s ({speed:.2g}/s)"
        )
    _, written = score_into(
        root / name,
        data,
        done.records,
        done.predictions,
        select(plan.metrics, data),
        meta=read_meta(root / name / PREDICTIONS),
        group_by=plan.group_by,
        force=force or resume or done.changed,
    )
    return done.changed or written


def _conclude(plan: Recipe, root: Path, data: DataSet, changed: bool, force: bool) -> None:
    """Compares the models, writes the report and prints the table."""
    from rf_eval.cli.compare import write_comparison
    from rf_eval.tables import comparison_table, results_table

    if len(plan.compare) >= 2:
        first, *others = plan.compare
        comparisons = []
        for other in others:
            name = _comparison_name(plan, other)
            comparison, written = write_comparison(
                root / first, root / other, root / name, force=force or changed
            )
            changed = changed or written
            comparisons.append(comparison)
        click.echo(comparison_table(comparisons[0], comparisons[1:]))
    else:
        for name in plan.models:
            click.echo(results_table(read_results(root / name)))
    if plan.report:
        from rf_eval.report import write_report

        changed = write_report(root, data.path, locked=True) or changed
    click.echo(f"{'Written to' if changed else 'Unchanged:'} {shown(root)}/")


def _comparison_name(plan: Recipe, other: str) -> str:
    """The second model's comparison has the fixed name; the others include the model's name."""
    if other == plan.compare[1]:
        return COMPARISON
    if other == plan.compare[0]:
        raise EvalError(f"compare: duplicate {other!r}")
    return FURTHER.format(other)
