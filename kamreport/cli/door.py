"""How a mistake is answered: one line, a status, no traceback."""

import sys
from typing import Any, NoReturn

import click

from kamreport.errors import KamreportError, UsageError, unknown

__all__ = ["Door"]


class Door(click.Group):
    """Turns our own errors into one line and a status; every other keeps its traceback."""

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        """Say which command comes nearest to one that there is not."""
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError:
            _exit(UsageError(unknown("command", args[0], self.commands)))

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Say what is wrong with an option in one line."""
        try:
            return super().parse_args(ctx, args)
        except click.exceptions.NoArgsIsHelpError:
            raise
        except click.UsageError as error:
            _exit(_misused(error, ctx))

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; our errors, misuse and Ctrl-C end it with one line."""
        try:
            return super().invoke(ctx)
        except KamreportError as error:
            _exit(error)
        except click.UsageError as error:
            _exit(_misused(error, ctx))
        except KeyboardInterrupt:
            _exit(UsageError("stopped"), status=130)


def _misused(error: click.UsageError, ctx: click.Context) -> UsageError:
    """What click says of an option or argument, as one line with the next step."""
    said = error.format_message().rstrip(".").replace(". Did you mean", "; did you mean")
    # Click says of some faults only that they lie in the group.
    inner = ctx.invoked_subcommand if error.ctx in (None, ctx) else None
    command = f"{ctx.command_path} {inner}" if inner else (error.ctx or ctx).command_path
    return UsageError(f"{said[:1].lower()}{said[1:]}{' See' if said.endswith('?') else '; see'} {command} --help")


def _exit(error: KamreportError, status: int | None = None) -> NoReturn:
    click.echo(f"error: {error}", err=True)
    sys.exit(error.exit_status if status is None else status)
