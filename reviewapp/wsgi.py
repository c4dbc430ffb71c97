"""What the web server loads; refuses to start while any route has no declared policy."""

import os

from django.core.wsgi import get_wsgi_application

from reviewapp.common import tracing

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "reviewapp.settings")
tracing.start_web()
application = get_wsgi_application()

from reviewapp.common.policy import refuse_undeclared_routes  # noqa: E402 -- needs the loaded apps

refuse_undeclared_routes()
