"""A valid data set, and copies of it that tests may damage."""

import shutil

import pytest
from rf_synth.dataset.recipe import load_preset, resolve
from rf_synth.dataset.writer import write_dataset


@pytest.fixture(scope="session")
def sound(tmp_path_factory):
    """A data set of the preset quickstart; read only."""
    folder = tmp_path_factory.mktemp("sound")
    write_dataset(resolve(load_preset("quickstart")), folder)
    return folder


@pytest.fixture
def folder(sound, tmp_path):
    """A copy of the valid data set."""
    return shutil.copytree(sound, tmp_path / "copy")
