"""What happens to one shard, on whichever machine; nothing here knows of Ray.

A shard has a folder: `predictions.jsonl`, `scores.jsonl` and what rf-eval writes beside them. A
worker that dies leaves a folder that its successor continues: what it holds is kept, by id.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

from rf_eval.backends import Backend, make_backend
from rf_eval.outputs import score_into
from rf_eval.predictions import PREDICTIONS, read_meta
from rf_eval.runs import generate
from rf_eval.samples import DataSet, check_records
from rf_eval.select import select
from rf_jsonl import dumps

from rf_ray_example.inputs import Shard, read_shard


@dataclass(frozen=True)
class Job:
    """What is to be done with every shard, and where: `out` is a folder all machines see.

    `metrics` are names of rf-eval's metrics; without any nothing is scored.
    """

    out: str
    backend: str
    options: Mapping[str, Any] = field(default_factory=dict)
    metrics: Sequence[str] = ()

    def folder(self, shard: Shard) -> Path:
        """Where a shard's files lie."""
        return Path(self.out) / "shards" / shard.name

    def make_backend(self) -> Backend:
        """The backend of rf-eval, nothing loaded yet. Raises EvalError."""
        return make_backend(self.backend, self.options)


def as_dataset(shard: Shard) -> DataSet:
    """The shard as a data set of rf-eval. Raises FileError."""
    path = Path(shard.path)
    records = check_records(path, enumerate(read_shard(shard), start=shard.first + 1))
    digest = sha256(b"\n".join(dumps(record) for record in records)).hexdigest()
    return DataSet(path, digest, records)


def answer_shard(job: Job, backend: Backend, shard: Shard) -> dict[str, Any]:
    """Answers what is missing of a shard and scores it. Raises FileError, EvalError."""
    data, folder = as_dataset(shard), job.folder(shard)
    done = generate(data, job.backend, backend, folder, resume=True, force=True)
    if job.metrics:
        score_into(
            folder, data, done.records, done.predictions, select(job.metrics, data),
            meta=read_meta(folder / PREDICTIONS), force=True,
        )  # fmt: skip
    return {
        "shard": shard.number,
        "records": len(done.records),
        "answers": len(done.predictions),
        "seconds": round(done.seconds, 2),
    }
