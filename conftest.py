"""What every test run of this workspace needs, whoever starts it."""

import signal
from pathlib import Path

import pytest
from hypothesis import settings

# How long an example takes depends on what else the machine does. The rest stays as hypothesis
# chose it: in CI its profile `ci`, else its default.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")

# A shell's background jobs are born deaf to SIGINT, and so are their children; the tests that
# interrupt a command mean what a terminal does. A handler of ours becomes the default in a child.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_addoption(parser):
    """The list that `.ci/nightly` gives."""
    parser.addoption("--allowed-skips", help="a file of reasons; any other skip fails the run")


def pytest_configure(config):
    """Looks at skips where a list of them is given."""
    if config.getoption("--allowed-skips"):
        config.pluginmanager.register(AllowedSkips(Path(config.getoption("--allowed-skips"))))


class AllowedSkips:
    """Fails a run that skips for a reason which does not begin like one of a file's lines."""

    def __init__(self, path):
        lines = path.read_text(encoding="utf-8").splitlines()
        self.allowed = [line.split("\t")[0] for line in lines if line and line[0] != "#"]
        self.others = []

    def note(self, report):
        """Keeps a skip whose reason is not on the list."""
        if report.skipped and not hasattr(report, "wasxfail"):
            reason = report.longrepr[2].removeprefix("Skipped: ")
            if not reason.startswith(tuple(self.allowed)):
                self.others.append(f"{report.nodeid}: {reason}")

    pytest_runtest_logreport = pytest_collectreport = note

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session):
        """Turns success into failure where something was skipped."""
        if self.others and session.exitstatus == 0:
            session.exitstatus = 1

    def pytest_terminal_summary(self, terminalreporter):
        """Names what was skipped."""
        for line in self.others:
            terminalreporter.write_line(f"skipped, and not allowed to be: {line}", red=True)
