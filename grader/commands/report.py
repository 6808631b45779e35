"""`grader report`: writes the pages of a graded class again and runs nothing."""

from pathlib import Path

import click

from grader.commands.elsewhere import elsewhere
from grader.commands.exits import ALL_POINTS
from grader.commands.flags import folder, require_folder, say
from grader.commands.whole_class import publish_kept, say_unmade
from grader.model.errors import UnusableInput
from grader.publishing.class_pages import publish_anonymous, publish_class
from grader.store.database import FILE_NAME, Store
from grader.store.writer_lock import only_writer

__all__ = ["report"]


@click.command()
@click.argument("graded", type=folder)
@click.option("--anonymous", is_flag=True, help="For showing in class: invented names, no reports, no code.")
@click.option("-o", "output", type=folder, help="Folder for the anonymous pages.")
@click.option(
    "--similarity",
    type=click.Choice(["on", "all", "off"]),
    default="on",
    help="Whether to look for submissions that resemble each other; `all` shows every such pair side by side.",
)
@elsewhere
def report(graded: Path, anonymous: bool, output: Path | None, similarity: str) -> int:
    """Write the pages of a graded class again from the stored grades, without running anything."""
    if output is not None:
        require_folder(output)
    if anonymous != (output is not None):
        raise click.UsageError("--anonymous and -o go together: pages without names get a folder of their own.")
    if output is not None and any((output.resolve() / name).exists() for name in (FILE_NAME, "submissions")):
        raise UnusableInput(f"{output} holds pages with names; choose another folder for those without, with -o.")
    with Store.open_existing(graded) as store:
        if output is not None:
            publish_anonymous(output, store)
        else:
            with only_writer(graded):
                publish_kept(graded, store, sorted(store.keys()))
                every = similarity == "all"
                if left_out := publish_class(graded, store, similarity=similarity != "off", every_pair=every):
                    say(left_out)
                say_unmade(graded, store)
    click.echo(f"Report: {(output or graded) / 'index.html'}")
    return ALL_POINTS
