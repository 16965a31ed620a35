"""One whole run of the tiny recipe, for every test that looks at what it left."""

import pytest
from tiny_chain import run_chain
from watched import SECRETS, watched_environment


@pytest.fixture(scope="session")
def chain(tmp_path_factory):
    """A folder that holds tiny-model, data, run, results and figures. Not to be written to.

    The network was denied to the commands that made it, and the environment held secrets.
    """
    folder = tmp_path_factory.mktemp("chain")
    (folder / "network").mkdir()
    said = run_chain(folder, env=watched_environment(folder / "network") | SECRETS)
    (folder / "said.txt").write_text(said, encoding="utf-8")
    return folder
