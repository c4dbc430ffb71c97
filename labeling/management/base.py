"""What all commands share: who acts, JSON on stdout, and exit codes that scripts can rely on (DECISIONS 12).

0 done, gates pass · 1 a gate failed · 2 usage or bad input, nothing changed · 3 cannot tell yet · 4 unexpected error.
"""

import json
import logging
import sys
import traceback
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn, TextIO

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import DataError

from labeling.models import Project, User
from reviewapp.common.errors import Conflict, NotAllowed, Refused

logger = logging.getLogger(__name__)

DONE, GATE_FAILED, BAD_INPUT, CANNOT_TELL, UNEXPECTED = range(5)


class AssayCommand(BaseCommand):
    """A command acts for a person (`--by`), or for the operator of the server, whose name goes into the record."""

    reports = False  # True: takes --json
    by: User | None = None
    operator: str = "operator"
    json_to: str = ""

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--by", default="operator", metavar="EMAIL", help="who acts, for the audit")
        if self.reports:
            parser.add_argument("--json", default="", metavar="FILE", help="write the report as JSON; - is stdout")
        self.add_own_arguments(parser)

    def add_own_arguments(self, parser: ArgumentParser) -> None:
        """The command's own arguments."""

    def work(self, **options: Any) -> int | None:
        """Do it; returns the exit code, None meaning 0."""
        raise NotImplementedError

    def handle(self, *args: Any, **options: Any) -> None:
        self.json_to = options.pop("json", "")
        try:
            self._set_actor(options.pop("by"))
            code = self.work(**options) or DONE
        except (Refused, NotAllowed, Conflict, CommandError) as refusal:
            self._leave(BAD_INPUT, str(refusal))
        except ValidationError as refusal:
            self._leave(BAD_INPUT, " ".join(refusal.messages))
        except FileNotFoundError as error:
            self._leave(BAD_INPUT, f"There is no file “{error.filename}”.")
        except IsADirectoryError as error:
            self._leave(BAD_INPUT, f"“{error.filename}” is a folder, not a file.")
        except UnicodeDecodeError as error:
            self._leave(BAD_INPUT, f"A file is not {error.encoding} text: byte {error.start}, {error.reason}.")
        except PermissionError as error:
            self._leave(BAD_INPUT, f"“{error.filename}” may not be read or written.")
        except BrokenPipeError:  # whoever read our output has enough
            sys.stdout = None  # type: ignore[assignment]
            raise SystemExit(DONE) from None
        except Exception as error:
            if _is_too_large(error):
                self._leave(BAD_INPUT, "A number or a text is larger than can be stored.")
            logger.exception("%s failed", self.__class__.__module__)
            if options.get("traceback"):
                traceback.print_exc(file=sys.stderr)
            self._leave(UNEXPECTED, f"Unexpected error: {error!r}. --traceback shows where.")
        if code:
            raise SystemExit(code)

    def _set_actor(self, email: str) -> None:
        self.by, self.operator = None, email
        if "@" in email:
            self.by = User.objects.filter(email__iexact=email, is_active=True).first()
            if self.by is None:
                raise Refused(f"There is no active user {email}.")
            self.operator = ""

    def _leave(self, code: int, message: str) -> NoReturn:
        self.stderr.write(message)
        raise SystemExit(code)

    def project(self, slug: str) -> Project:
        project = Project.objects.filter(slug=slug).first()
        if project is None:
            raise Refused(f"There is no project “{slug}”.")
        return project

    def say(self, text: str) -> None:
        """A line for people: on stderr when stdout holds JSON."""
        (self.stderr if self.json_to == "-" else self.stdout).write(text, style_func=str)

    def report(self, content: dict[str, Any]) -> None:
        """Write the JSON where --json says."""
        if self.json_to:
            with self.output(self.json_to) as stream:
                stream.write(json.dumps(content, ensure_ascii=False, indent=2, allow_nan=False) + "\n")

    @contextmanager
    def output(self, name: str) -> Iterator[TextIO]:
        """A file, or stdout for "-" and ""."""
        if name in ("", "-"):
            yield self.stdout  # type: ignore[misc]
        else:
            with Path(name).open("w", encoding="utf-8", newline="") as stream:
                yield stream


def _is_too_large(error: Exception) -> bool:
    """Whether the database refused a value for its size; PostgreSQL and SQLite say it each in their own way."""
    return isinstance(error, DataError) or (isinstance(error, OverflowError) and "SQLite" in str(error))
