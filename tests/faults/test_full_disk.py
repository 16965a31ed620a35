"""A disk that is full, or may only be read: one line, nothing lost, and a second run mends it."""

import os
import subprocess
from contextlib import contextmanager
from dataclasses import replace

import pytest
from children import run
from writers import WRITERS, assert_made_good, assert_old_or_new, assert_refused, content

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(os.name != "posix", reason="limits and mounts are POSIX"),
]


@pytest.mark.parametrize("share", [0.0, 0.7])
@pytest.mark.parametrize("name", WRITERS)
def test_a_file_that_may_not_grow(name, share, inputs, undisturbed, place):
    """`share`: 0 where the smallest files are too large, nearly 1 where only the largest is."""
    writer, whole = WRITERS[name], undisturbed(name)
    assert run(writer.job(inputs, place, other=True)).code == 0
    old = content(place)
    sizes = sorted({len(data) for data in whole.content.values()})
    job = writer.job(inputs, place, "--force")
    ended = run(replace(job, file_limit=sizes[int(share * len(sizes))] // 2))
    assert_refused(ended)
    assert "file too large" in ended.last_line.lower()
    assert_old_or_new(content(place), old, whole.content)
    assert_made_good(run(writer.job(inputs, place, writer.replace)), place, whole.content)


@contextmanager
def small_disk(place, size):
    """Mounts a file system of so many bytes, in memory, at a place."""
    options = ["-t", "tmpfs", "-o", f"size={size}"]
    mounted = subprocess.run(
        ["mount", *options, "tmpfs", place], capture_output=True, text=True, check=False
    )
    if mounted.returncode:
        pytest.skip(f"mounting is not allowed here: {mounted.stderr.strip()}")
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", place], check=True)


def remount(place, option):
    subprocess.run(["mount", "-o", f"remount,{option}", place], check=True)


@pytest.mark.parametrize("share", [0.4])
@pytest.mark.parametrize("name", WRITERS)
def test_a_full_disk(name, share, inputs, undisturbed, place):
    writer, whole = WRITERS[name], undisturbed(name)
    size = sum(len(data) for data in whole.content.values())
    with small_disk(place, max(4096, int(share * size))):
        ended = run(writer.job(inputs, place))
        assert_refused(ended)
        assert "no space left on device" in ended.last_line or "are free on its disk" in ended.said
        assert_old_or_new(content(place), {}, whole.content)
        remount(place, "size=256m")
        assert_made_good(run(writer.job(inputs, place, writer.again)), place, whole.content)


@pytest.mark.parametrize("older", [False, True], ids=["empty", "older-output"])
@pytest.mark.parametrize("name", WRITERS)
def test_a_disk_that_may_only_be_read(name, older, inputs, undisturbed, place):
    """A mount: the permissions of a folder do not bind a superuser."""
    writer, whole = WRITERS[name], undisturbed(name)
    with small_disk(place, "256m"):
        if older:
            assert run(writer.job(inputs, place, other=True)).code == 0
        old = content(place)
        remount(place, "ro")
        ended = run(writer.job(inputs, place, "--force"))
        assert_refused(ended)
        assert "read-only file system" in ended.last_line
        assert content(place) == old
        remount(place, "rw")
        assert_made_good(run(writer.job(inputs, place, writer.replace)), place, whole.content)
