"""Steps and cuts: every sample once per epoch, every index once per step, whatever the cut."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rf_train.data.schedule import Cut, Schedule, cut_step

cuts = st.one_of(
    st.builds(Cut, st.sampled_from(["packed", "padded"]), st.integers(50, 400)),
    st.builds(Cut, st.sampled_from(["packed", "padded"])),
    st.builds(Cut, st.just("padded"), st.none(), st.integers(1, 5)),
    st.builds(Cut, st.just("packed"), st.integers(51, 400), shared=st.just(1)),
    st.builds(Cut, st.just("packed"), st.integers(90, 400), shared=st.just(40)),
)


@given(
    lengths=st.lists(st.integers(1, 50), min_size=1, max_size=40),
    cut=cuts,
    devices=st.integers(1, 4),
)
@settings(max_examples=200)
def test_a_cut_is_a_partition_within_its_limit(lengths, cut, devices):
    lengths = np.array(lengths)
    result = cut_step(np.arange(len(lengths)), lengths, cut, devices)
    assert len(result) == devices
    assert len({len(micro) for micro in result}) == 1
    flat = [int(i) for micro in result for group in micro for i in group]
    assert sorted(flat) == list(range(len(lengths)))
    for group in (group for micro in result for group in micro if len(group)):
        if cut.samples is not None:
            assert len(group) <= cut.samples
        elif cut.tokens is not None:
            longest, total = lengths[group].max(), lengths[group].sum() + cut.shared
            size = total if cut.layout == "packed" else longest * len(group)
            assert size <= cut.tokens


def test_devices_get_about_equally_many_tokens():
    lengths = np.random.default_rng(0).integers(100, 700, 64)
    for cut in (Cut("packed"), Cut("padded")):
        shares = cut_step(np.arange(64), lengths, cut, 4)
        loads = [sum(int(lengths[g].sum()) for g in micro) for micro in shares]
        assert max(loads) <= 1.02 * min(loads)


@given(samples=st.integers(1, 200), batch=st.integers(1, 32), seed=st.integers(0, 2**32))
@settings(max_examples=100)
def test_an_epoch_holds_every_sample_once(samples, batch, seed):
    schedule = Schedule.plan(samples, batch, epochs=2, max_steps=-1, seed=seed)
    per_epoch = schedule.steps_per_epoch
    assert schedule.total_steps == 2 * per_epoch
    for epoch in (0, 1):
        steps = [schedule.step(epoch * per_epoch + place) for place in range(per_epoch)]
        assert sorted(np.concatenate(steps).tolist()) == list(range(samples))
        assert all(len(step) == batch for step in steps[:-1])


def test_epochs_and_seeds_shuffle_differently():
    orders = {
        (seed, epoch): tuple(Schedule(50, 50, 4, seed).step(epoch).tolist())
        for seed in (1, 2, 42)
        for epoch in (0, 1)
    }
    assert len(set(orders.values())) == 6


@pytest.mark.parametrize(
    ("samples", "batch", "epochs", "max_steps", "steps"),
    [(25_168, 16, 2.0, -1, 3146), (10, 4, 1.5, -1, 5), (10, 4, 3, 7, 7), (3, 16, 2, -1, 2)],
)
def test_the_number_of_steps(samples, batch, epochs, max_steps, steps):
    schedule = Schedule.plan(samples, batch, epochs=epochs, max_steps=max_steps, seed=0)
    assert schedule.total_steps == steps
