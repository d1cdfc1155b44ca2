"""`python -m salon.payments.simulator --port 8001 --db var/simulator.sqlite3`."""

from __future__ import annotations

import argparse
import logging
import signal
import sys
from contextlib import suppress
from pathlib import Path

from salon.payments.simulator.running import PUBLISHABLE_KEY, SECRET_KEY, WEBHOOK_SECRET, Simulator


def main() -> int:
    """Run until interrupted."""
    parser = argparse.ArgumentParser(prog="python -m salon.payments.simulator", description="A test Moyasar.")
    parser.add_argument("--port", type=int, default=8001, help="on 127.0.0.1 (default 8001)")
    parser.add_argument("--db", type=Path, default=None, help="a file to remember in (default: memory)")
    parser.add_argument("--secret-key", default=SECRET_KEY)
    parser.add_argument("--publishable-key", default=PUBLISHABLE_KEY)
    parser.add_argument("--webhook-url", default="", help="where to tell about payments (default: nowhere)")
    parser.add_argument("--webhook-secret", default=WEBHOOK_SECRET)
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="moyasar  %(message)s", stream=sys.stdout)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with (
        suppress(KeyboardInterrupt),
        Simulator(
            port=options.port,
            db=options.db,
            secret_key=options.secret_key,
            publishable_key=options.publishable_key,
            webhook_url=options.webhook_url,
            webhook_secret=options.webhook_secret,
        ) as simulator,
    ):
        logging.getLogger("salon.payments.simulator").info("test gateway at %s", simulator.api_url)
        simulator.forever()
    return 0


if __name__ == "__main__":
    sys.exit(main())
