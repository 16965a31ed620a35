# Sourced by run and nightly, in the repository's root: installs what is missing. $1: further system packages.
if ! command -v uv >/dev/null; then
    python3 -m pip install --quiet --disable-pip-version-check --root-user-action=ignore uv
    hash -r
fi
if [ -d ../shared/qwen3-tokenizer ]; then
    RF_QWEN3_TOKENIZER=$(cd ../shared/qwen3-tokenizer && pwd)
    export RF_QWEN3_TOKENIZER
fi
# The report and the page are opened in a real browser, embedded fonts are read with a real PDF tool, and the
# netlists of rf-design run in a real SPICE. Only where CI=true: elsewhere what is installed is the owner's to say.
if [ "${CI:-}" = true ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    apt-get update -qq || echo "the lists of system packages are not new" >&2
    # shellcheck disable=SC2086 # several packages
    apt-get install -qq -y --no-install-recommends chromium chromium-driver ngspice poppler-utils ${1:-} >/dev/null
fi
export HF_HUB_OFFLINE=1 TOKENIZERS_PARALLELISM=false

step() { echo "== $*"; "$@"; }

# A process per core, each with whole files, since their tests share what is slow to make.
tests() { step env OMP_NUM_THREADS=1 uv run pytest -q -n "$(nproc)" --dist loadfile "$@"; }
step uv lock --check
step uv sync --quiet
