"""As many workers as cores, with two threads each (docs/adr/0003-two-threads-a-worker.md)."""

import multiprocessing
import os

bind = f"0.0.0.0:{os.environ.get('PORT', '8000')}"
workers = int(os.environ.get("WEB_CONCURRENCY", multiprocessing.cpu_count()))
worker_class = "gthread"
threads = int(os.environ.get("WEB_THREADS", "2"))
preload_app = True  # workers share the code's memory
timeout = 30
graceful_timeout = 30
max_requests = 20_000
max_requests_jitter = 2_000
accesslog = None  # the proxy in front writes one
