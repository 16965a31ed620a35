"""What the fault tests share: inputs for the commands, and what undisturbed runs of them leave."""

import shutil
from dataclasses import dataclass

import pytest
from children import Job, run
from readers import READERS
from writers import FIGS, MERGE, WRITERS, content, leftovers


@pytest.fixture(scope="session")
def inputs(chain, tmp_path_factory):
    """A folder with what the commands read. Not to be written to."""
    folder = tmp_path_factory.mktemp("inputs") / "work"
    shutil.copytree(chain, folder)
    (folder / "recipe" / "figs.yaml").write_text(FIGS, "utf-8")
    (folder / "recipe" / "merge.yaml").write_text(MERGE, "utf-8")
    shutil.copytree(folder / "recipe", folder / "other")
    for writer in WRITERS.values():
        recipe = folder / "other" / writer.recipe
        text = recipe.read_text("utf-8")
        assert writer.changed[0] in text
        recipe.write_text(text.replace(*writer.changed), "utf-8")
    started = run(Job(("rf-synth", "--version"), folder, folder))  # and the libraries with it
    assert started.code == 0, started.said
    return folder


@dataclass(frozen=True)
class Undisturbed:
    """What a command leaves when nothing befalls it; `other` is by its other recipe."""

    content: dict[str, bytes]
    other: dict[str, bytes]
    seconds: float
    operations: int
    opened: tuple[str, ...]


@pytest.fixture(scope="session")
def undisturbed(inputs, tmp_path_factory):
    """A function from the name of a writer to its `Undisturbed`, each run once."""
    known = {}

    def of(name):
        if name not in known:
            runs, found = {}, {}
            for other in (False, True):
                place = tmp_path_factory.mktemp(f"{name}-{other}")
                runs[other] = run(WRITERS[name].job(inputs, place, other=other))
                assert runs[other].code == 0, runs[other].said
                assert leftovers(place) == []
                found[other] = content(place)
            assert found[False] != found[True]
            whole = runs[False]
            known[name] = Undisturbed(
                found[False], found[True], whole.seconds, whole.operations, whole.opened
            )
        return known[name]

    return of


@pytest.fixture
def place(tmp_path):
    """An empty folder to write into."""
    folder = tmp_path / "place"
    folder.mkdir()
    return folder


@pytest.fixture(scope="session")
def work(chain, tmp_path_factory):
    """A copy of the chain's files that the readers run in; whoever spoils a file mends it."""
    folder = tmp_path_factory.mktemp("faults") / "work"
    shutil.copytree(chain, folder)
    for reader in READERS.values():
        if reader.prepare:
            reader.prepare(folder)
    return folder
