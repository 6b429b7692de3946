"""`python -m longflow.staging.nfcapd`: the command `decode` without the rest of longflow."""

import argparse
import sys

from .decode import add_arguments, run

if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m longflow.staging.nfcapd")
    add_arguments(parser)
    sys.exit(run(parser.parse_args()))
