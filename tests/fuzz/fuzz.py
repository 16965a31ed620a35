"""Coverage-guided fuzzing of one target, for as long as it is let run.

    uv run --with atheris python tests/fuzz/fuzz.py extractor -max_total_time=600

What follows the name goes to libFuzzer. Atheris is no dependency of this project: it comes as a
wheel for Linux only. The same targets run as hypothesis tests in `test_fuzz.py`.
"""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings

PATHS = [str(Path(__file__).parent)]
READERS = ["rf_jsonl", "rf_synth", "rf_train", "rf_eval", "rf_figs", "yaml", "json"]


def as_property(target: Any) -> Callable[[], None]:
    """The hypothesis test of a target."""

    @settings(deadline=None, max_examples=300, suppress_health_check=list(HealthCheck))
    @given(target.inputs)
    def holds(arguments: tuple[Any, ...]) -> None:
        target.check(*arguments)

    return holds


def main() -> None:
    """Runs until a check fails or libFuzzer's time is over."""
    import atheris

    name = sys.argv.pop(1)
    sys.path += PATHS
    with atheris.instrument_imports(include=READERS):
        from targets import TARGETS
    holds: Any = as_property(TARGETS[name])
    atheris.Setup(sys.argv, holds.hypothesis.fuzz_one_input)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
