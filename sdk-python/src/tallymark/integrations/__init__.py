"""
Fit the client into frameworks: one module each, importing only its own framework.

| Module | For | What it does |
|---|---|---|
| `wsgi` | any WSGI application | context of each request; an event for each, if asked for |
| `asgi` | Starlette, FastAPI, any ASGI application | the same, and a flush at shutdown |
| `flask` | Flask | the same, with Flask's own request to ask for the user |
| `django` | Django, sync and async | the same, as an entry of MIDDLEWARE |
| `celery` | Celery | carries the caller's context into the task, flushes before a worker ends |
| `logging` | the standard library's logging | records log lines as events |

None of them changes a response, and none raises: what they call never does.
"""
