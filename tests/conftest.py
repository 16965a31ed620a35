"""One whole run of the tiny recipe, for every test that looks at what it left."""

import pytest
from tiny_chain import run_chain


@pytest.fixture(scope="session")
def chain(tmp_path_factory):
    """A folder that holds tiny-model, data, run, results and figures. Not to be written to."""
    folder = tmp_path_factory.mktemp("chain")
    run_chain(folder)
    return folder
