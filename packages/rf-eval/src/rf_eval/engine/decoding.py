"""Greedy decoding of many requests with continuous batching.

A forward pass computes one chunk of every active sequence: a part of its prompt, or its last token
and a draft of the next ones. Sequences with the same system message share its blocks.
"""

import time
from collections import OrderedDict, deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from rf_eval.engine.drafts import Phrasebook, PromptLookup
from rf_eval.engine.grammar import Matcher
from rf_eval.engine.paged_model import BLOCK_TOKENS, Chunk, PagedModel, blocks_for

_PASS_TOKENS = 256  # per pass; an interruption waits for the pass to end
_DRAFT_TOKENS = 8  # per pass, which then takes about 1.5 times as long as for a single token
_PREFIXES = 8


@dataclass(eq=False)
class Request:
    """One prompt and its answer in progress.

    `ids` are the tokens of the prompt and of the answer so far; the first `prefix` of them are the
    system message. At most `limit` tokens are generated. `make_matcher` creates the matcher that
    constrains the answer, when the request is admitted.
    """

    number: int
    ids: list[int]
    prefix: int
    limit: int
    lookup: PromptLookup
    make_matcher: Callable[[], Matcher] | None = None
    matcher: Matcher | None = None
    on_token: Callable[[int], None] | None = None
    finish_reason: str | None = None
    seconds: float = 0.0
    prompt_tokens: int = field(init=False)
    computed: int = 0
    blocks: list[int] = field(default_factory=list)
    began: float = 0.0

    def __post_init__(self) -> None:
        self.prompt_tokens = len(self.ids)

    @property
    def generated(self) -> list[int]:
        """The answer's tokens so far, including a stop token."""
        return self.ids[self.prompt_tokens :]

    @property
    def prefix_key(self) -> tuple[int, ...]:
        """The key of the shared blocks of its system message."""
        return tuple(self.ids[: self.prefix])

    @property
    def pending(self) -> int:
        """The number of known tokens that are not computed yet."""
        return len(self.ids) - self.computed


@dataclass(frozen=True)
class _Planned:
    request: Request
    tokens: list[int]
    draft: list[int]
    completes: bool  # whether all known tokens are then computed


class Decoder:
    """Answers requests with one model; keeps the blocks of recent system messages.

    A pass never has a single token: with quantised weights it would be rounded differently from
    passes of several tokens, whose results do not depend on their number. So drafts never change an
    answer.
    """

    def __init__(self, model: PagedModel, stop_ids: Sequence[int], phrasebook: Phrasebook) -> None:
        self._model = model
        self._stop_ids = frozenset(stop_ids)
        self._prefixes: OrderedDict[tuple[int, ...], list[int]] = OrderedDict()
        self.phrasebook = phrasebook

    def run(self, requests: Sequence[Request], batch_size: int) -> Iterator[Request]:
        """Yields each request when it is finished; at most `batch_size` are active."""
        waiting, active = deque(requests), list[Request]()
        try:
            while waiting or active:
                self._admit(waiting, active, batch_size)
                self._pass(active)
                for request in [r for r in active if r.finish_reason is not None]:
                    active.remove(request)
                    self._model.release(request.blocks)
                    self.phrasebook.add(request.generated)
                    request.matcher = None
                    yield request
        finally:
            for request in active:
                self._model.release(request.blocks)

    def _admit(self, waiting: deque[Request], active: list[Request], batch_size: int) -> None:
        """Admits requests up to `batch_size`; each system message is computed by only one."""
        computing = {r.prefix_key for r in active if r.computed < r.prefix}
        for _ in range(len(waiting)):
            if len(active) >= batch_size:
                break
            request = waiting.popleft()
            if request.prefix_key in computing:
                waiting.append(request)
                continue
            request.began = time.perf_counter()
            request.matcher = None if request.make_matcher is None else request.make_matcher()
            self._reuse_prefix(request)
            if request.computed < request.prefix:
                computing.add(request.prefix_key)
            active.append(request)

    def _reuse_prefix(self, request: Request) -> None:
        """Starts a request after its system message if that is computed already."""
        known = self._prefixes.get(request.prefix_key)
        if known is not None and request.prefix:
            self._prefixes.move_to_end(request.prefix_key)
            request.blocks = self._shared(known, request.prefix)
            request.computed = request.prefix

    def _keep_prefix(self, request: Request) -> None:
        """Keeps the blocks of a request's system message once it is computed."""
        self._prefixes[request.prefix_key] = self._shared(request.blocks, request.prefix)
        if len(self._prefixes) > _PREFIXES:
            self._model.release(self._prefixes.popitem(last=False)[1])

    def _shared(self, blocks: Sequence[int], tokens: int) -> list[int]:
        """The full blocks with one more owner, and a copy of a partly filled last block."""
        whole = [self._model.share(block) for block in blocks[: tokens // BLOCK_TOKENS]]
        if tokens % BLOCK_TOKENS:
            whole.append(self._model.copy(blocks[tokens // BLOCK_TOKENS]))
        return whole

    def _pass(self, active: Sequence[Request]) -> None:
        plan = self._plan(active)
        chunks = []
        for planned in plan:
            request, new = planned.request, planned.tokens + planned.draft
            for _ in range(blocks_for(request.computed + len(new)) - len(request.blocks)):
                request.blocks.append(self._model.allocate())
            sampled = 1 + len(planned.draft)
            chunks.append(Chunk(new, request.computed, request.blocks, sampled))
        logits, row = self._model.compute(chunks), 0
        for planned, chunk in zip(plan, chunks, strict=True):
            self._advance(planned, logits[row : row + chunk.sampled])
            row += chunk.sampled

    def _plan(self, active: Sequence[Request]) -> list[_Planned]:
        """What each request computes in this pass: first answers, then prompts."""
        plan, left = list[_Planned](), _PASS_TOKENS
        draft_length = _DRAFT_TOKENS // len(active) - 1
        for request in sorted(active, key=lambda request: request.pending):
            count = min(request.pending, left)
            if not count:
                break
            tokens = request.ids[request.computed : request.computed + count]
            completes = count == request.pending
            draft = self._draft(request, draft_length) if completes and count == 1 else []
            plan.append(_Planned(request, tokens, draft, completes))
            left -= count
        return plan

    def _draft(self, request: Request, limit: int) -> list[int]:
        """A draft of `limit` tokens, padded by repeating the last one.

        Switching to a pass of another size would cost a third of a pass.
        """
        if limit <= 0:
            return []
        forced = request.matcher.forced(limit) if request.matcher is not None else []
        draft = request.lookup.propose(request.ids, limit, forced)
        return draft + request.ids[-1:] * (limit - len(draft))

    def _advance(self, planned: _Planned, logits: NDArray[np.float32]) -> None:
        """Records what a pass computed, and appends the tokens that it yields."""
        request = planned.request
        before, needed = request.computed, request.prefix
        request.computed += len(planned.tokens)
        if before < needed <= request.computed:
            self._keep_prefix(request)
        if not planned.completes:
            return
        for row, drafted in zip(logits, [*planned.draft, None], strict=True):
            token = self._choose(request, row)
            if request.finish_reason is not None or token != drafted:
                break
            request.computed += 1

    def _choose(self, request: Request, logits: NDArray[np.float32]) -> int:
        """Appends the most likely token and returns it."""
        if request.matcher is None:
            token = int(logits.argmax())
        else:
            token = request.matcher.best(logits)
            request.matcher.consume(token)
        request.ids.append(token)
        if token in self._stop_ids:
            request.finish_reason = "stop"
        elif len(request.generated) == request.limit:
            request.finish_reason = "length"
        request.seconds = time.perf_counter() - request.began
        if request.on_token is not None:
            request.on_token(token)
        return token
