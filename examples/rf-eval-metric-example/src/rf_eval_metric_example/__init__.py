"""Two metrics that know nothing of filters, registered under this package's own prefix."""

from rf_eval import Answer, Sample, Score, metric

LIMIT = 400


@metric("example/few_characters", version=1)
def few_characters(sample: Sample, answer: Answer) -> Score:
    """The completion has at most 400 characters."""
    length = len(answer.text)
    if length <= LIMIT:
        return Score(1.0)
    return Score(0.0, "ok", f"{length} characters")


@metric("example/round_numbers", aggregation="mean")
def round_numbers(sample: Sample, answer: Answer) -> Score:
    """Share of the object's numbers that are whole; the first other one is the label."""
    if answer.object is None:
        return answer.unreadable()
    numbers = {
        key: value
        for key, value in answer.object.items()
        if isinstance(value, int | float) and not isinstance(value, bool)
    }
    if not numbers:
        return Score(None, "not_applicable", "no numbers")
    broken = [key for key, value in numbers.items() if value != int(value)]
    share = 1 - len(broken) / len(numbers)
    if not broken:
        return Score(share)
    return Score(share, "ok", f"not whole: {', '.join(broken)}", label=broken[0])
