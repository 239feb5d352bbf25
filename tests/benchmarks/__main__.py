"""`uv run python -m tests.benchmarks`: what a token check costs. See docs/benchmarks/README.md."""

import sys

if __name__ == "__main__":
    from tests.benchmarks.cli import main

    sys.exit(main(sys.argv[1:]))
