"""Run the benchmark: `uv run python -m tests.benchmarks`. See docs/benchmarks/README.md."""

import sys

if __name__ == "__main__":
    from tests.benchmarks.cli import main

    sys.exit(main(sys.argv[1:]))
