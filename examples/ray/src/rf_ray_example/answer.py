"""`rf-ray-answer`: requests of many files answered and scored by the machines of a cluster.

Run again with the same options, it does what is missing.
"""

import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click
import ray
from rf_eval.backends import Backend
from rf_eval.errors import EvalError
from rf_eval.select import select
from rf_jsonl import FileError, locked_folder, parse_yaml, write_json
from rf_jsonl.commands import exit_code
from tqdm import tqdm

from rf_ray_example.crew import CrewError, carry_out
from rf_ray_example.inputs import Shard, cut, find_files
from rf_ray_example.joining import join
from rf_ray_example.shard_work import Job, answer_shard, as_dataset


@ray.remote(max_restarts=0, max_task_retries=0)
class Engine:
    """A worker that keeps a backend of rf-eval, and in it the model."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.backend: Backend = job.make_backend()

    def ready(self) -> None:
        """Returns once the worker is there."""

    def work(self, shard: Shard) -> dict[str, Any]:
        """Answers and scores a shard; says how much and how long."""
        began = time.monotonic()
        done = answer_shard(self.job, self.backend, shard)
        node = ray.get_runtime_context().get_node_id()
        return done | {"wall_seconds": round(time.monotonic() - began, 2), "node": node}


@click.command()
@click.argument("requests", nargs=-1, required=True)
@click.option("--out", type=click.Path(path_type=Path), required=True, help="A shared folder.")
@click.option("--backend", default="cpu", show_default=True, help="A backend of rf-eval.")
@click.option("--set", "settings", multiple=True, metavar="KEY=VALUE", help="A backend's option.")
@click.option("--workers", type=click.IntRange(1), required=True, help="Engines, in all.")
@click.option("--cpus", type=click.IntRange(1), default=1, show_default=True, help="Of each.")
@click.option("--gpus", type=click.FloatRange(0), default=0, show_default=True, help="Of each.")
@click.option("--shard-size", type=click.IntRange(1), default=256, show_default=True)
@click.option("--metric", "metrics", multiple=True, help="Of rf-eval [its default suite].")
@click.option("--no-scores", is_flag=True, help="The requests have no reference answers.")
@click.option("--address", help="A running cluster [$RAY_ADDRESS].")
def answer(
    *,
    requests: tuple[str, ...],
    out: Path,
    backend: str,
    settings: tuple[str, ...],
    workers: int,
    cpus: int,
    gpus: float,
    shard_size: int,
    metrics: tuple[str, ...],
    no_scores: bool,
    address: str | None,
) -> None:
    """Answer REQUESTS (files, folders or patterns of JSONL and Parquet) and score the answers."""
    files = find_files(requests)
    shards = list(cut(files, shard_size))
    if not shards:
        raise FileError(files[0], "holds no request")
    options = _options(settings)
    names = () if no_scores else _names(metrics, shards[0])
    job = Job(str(out.resolve()), backend, options, names)
    job.make_backend()  # what is wrong with the options is said here
    total = sum(shard.count for shard in shards)
    click.echo(f"{total:,} requests of {len(files)} files in {len(shards):,} shards → {out}/")
    ray.init(address=address, log_to_driver=False, logging_level="ERROR")
    with locked_folder(out):
        began, report = time.monotonic(), []
        hire = Engine.options(
            num_cpus=cpus, num_gpus=gpus, scheduling_strategy="SPREAD",
            runtime_env={"env_vars": {"OMP_NUM_THREADS": str(cpus)}},
        )  # fmt: skip
        with tqdm(total=total, unit="request", disable=None, dynamic_ncols=True) as bar:
            for shard, result in carry_out(lambda: hire.remote(job), shards, workers):
                report.append(result)
                bar.update(shard.count)
        answered = time.monotonic() - began
        counts = join(job, shards)
        write_json(out / "report.json", _report(counts, answered, began, workers, report))
    click.echo(
        f"{counts['answers']:,} answers to {counts['records']:,} requests in {answered:.0f} s, "
        f"joined in {time.monotonic() - began - answered:.0f} s: {out}/"
    )


def _options(settings: tuple[str, ...]) -> dict[str, Any]:
    options = {}
    for setting in settings:
        key, sign, value = setting.partition("=")
        if not sign:
            raise click.UsageError(f"--set {setting}: expected KEY=VALUE")
        options[key] = parse_yaml(f"value: {value}", "--set")[0]["value"]
    return options


def _names(metrics: tuple[str, ...], first: Shard) -> tuple[str, ...]:
    """The metrics' names, the same for every shard: chosen by the first."""
    chosen = select(metrics, as_dataset(first))
    return metrics or tuple(metric.name for metric in chosen)


def _report(
    counts: Mapping[str, int], answered: float, began: float, workers: int, shards: list[Any]
) -> dict[str, Any]:
    return {
        **counts,
        "workers": workers,
        "answering_seconds": round(answered, 2),
        "joining_seconds": round(time.monotonic() - began - answered, 2),
        "shards": sorted(shards, key=lambda one: one["shard"]),
    }


def main() -> None:
    """Entry point: exit 0 done, 1 one line says why not, 2 wrong usage."""
    sys.exit(
        exit_code("rf-ray-answer", lambda: answer(standalone_mode=False), EvalError, CrewError)
    )


if __name__ == "__main__":
    main()
