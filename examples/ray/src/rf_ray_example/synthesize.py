"""`rf-ray-synthesize`: a data set of rf-synth made in shards by the machines of a cluster.

The joined files are those of one machine, byte for byte. Run again, it makes what is missing.
"""

import subprocess
import sys
from pathlib import Path

import click
import ray
from rf_jsonl import locked_folder, write_whole
from rf_jsonl.commands import exit_code
from tqdm import tqdm

from rf_ray_example.crew import CrewError, carry_out

SPLITS = ("train", "val", "test", "test_ood")


@ray.remote(max_restarts=0, max_task_retries=0)
class Writer:
    """A worker that runs `rf-synth generate` for one shard after another."""

    def __init__(self, options: list[str], out: str, count: int) -> None:
        self.options, self.out, self.count = options, Path(out), count

    def ready(self) -> None:
        """Returns once the worker is there."""

    def work(self, number: int) -> None:
        """Makes shard `number` in a folder of its own, all or nothing. Raises RuntimeError."""
        folder = self.out / "shards" / f"{number:06d}"
        command = [
            sys.executable, "-m", "rf_synth", "generate", *self.options, "--workers", "1",
            "--shard", f"{number}/{self.count}", "--out", str(folder),
        ]  # fmt: skip
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            said = done.stderr.strip().splitlines() or [f"rf-synth ended with {done.returncode}"]
            raise RuntimeError(f"shard {number}: {said[-1]}")


@click.command(context_settings={"ignore_unknown_options": True})
@click.argument("options", nargs=-1, type=click.UNPROCESSED)
@click.option("--out", type=click.Path(path_type=Path), required=True, help="A shared folder.")
@click.option("--shards", type=click.IntRange(1), required=True)
@click.option("--workers", type=click.IntRange(1), required=True, help="Processes, in all.")
@click.option("--address", help="A running cluster [$RAY_ADDRESS].")
def synthesize(
    *, options: tuple[str, ...], out: Path, shards: int, workers: int, address: str | None
) -> None:
    """Make the data set that `rf-synth generate OPTIONS` makes."""
    ray.init(address=address, log_to_driver=False, logging_level="ERROR")
    with locked_folder(out):
        hire = Writer.options(num_cpus=1, scheduling_strategy="SPREAD")
        place = str(out.resolve())
        with tqdm(total=shards, unit="shard", disable=None) as bar:
            for _ in carry_out(
                lambda: hire.remote(list(options), place, shards), range(1, shards + 1), workers
            ):
                bar.update()
        for split in SPLITS:
            parts = sorted(out.glob(f"shards/*/{split}.shard-*.jsonl"))
            write_whole(out / f"{split}.jsonl", b"".join(p.read_bytes() for p in parts), force=True)
    click.echo(f"{', '.join(SPLITS)} of {shards} shards: {out}/")


def main() -> None:
    """Entry point: exit 0 done, 1 one line says why not, 2 wrong usage."""
    sys.exit(exit_code("rf-ray-synthesize", lambda: synthesize(standalone_mode=False), CrewError))


if __name__ == "__main__":
    main()
