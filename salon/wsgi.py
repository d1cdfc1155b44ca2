"""The door gunicorn opens: WSGI, because synchronous views under ASGI cost 8 to 17 times as much."""

import os

from django.core.wsgi import get_wsgi_application

from salon.core.secret_key import require_secret_key

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "salon.settings")
require_secret_key()
application = get_wsgi_application()
