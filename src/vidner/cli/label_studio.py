"""`vidner label-studio`: push documents, pull gold, measure agreement, choose what comes next."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vidner._errors import DocumentError, VidnerError
from vidner._tagger import Tagger
from vidner.cli._common import FAILED, OK, USAGE, Commands, add_model, complain
from vidner.documents import Document

if TYPE_CHECKING:
    from vidner.label_studio.agreement import Pair
    from vidner.label_studio.client import Server
    from vidner.label_studio.pull import Pulled

_SERVER = (
    "The server's address and key come from --url and --api-key or from LABEL_STUDIO_URL and "
    "LABEL_STUDIO_API_KEY (a personal access token or a legacy token). Needs the extra "
    "`labelstudio`."
)


def add(commands: Commands) -> None:
    """Add the command to the parser."""
    command = commands.add_parser(
        "label-studio",
        help="annotate in Label Studio: push, pull, agreement, diff, select",
        description="The annotation loop with a Label Studio server.",
        epilog="example: vidner label-studio push articles/*.txt --project News --predict",
    )
    actions = command.add_subparsers(title="actions", required=True, metavar="ACTION")
    for add_action in (_add_push, _add_pull, _add_agreement, _add_diff, _add_select):
        add_action(actions)


def _add_push(actions: Commands) -> None:
    action = actions.add_parser(
        "push",
        help="make a task of each document",
        description="Make a task of each document that the project does not have yet. Run it "
        f"again to finish what was broken off. {_SERVER}",
        epilog="example: vidner label-studio push pool.jsonl --project News --predict",
    )
    _add_documents(action, "DOCS")
    _add_server(action)
    action.add_argument(
        "--predict", action="store_true", help="show the model's entities as pre-annotations"
    )
    _add_model(action)
    action.add_argument(
        "--model-version", metavar="NAME", help="what to call the predictions (default: the model)"
    )
    action.add_argument(
        "--finished", action="store_true",
        help="send the documents' own entities as finished annotations (ground truth); without "
        "it they are shown as pre-annotations",
    )  # fmt: skip
    action.add_argument(
        "--annotators", type=_positive, default=1, metavar="N",
        help="how many people annotate each document, for a new project (default: 1)",
    )  # fmt: skip
    action.set_defaults(run=run_push)


def _add_pull(actions: Commands) -> None:
    action = actions.add_parser(
        "pull",
        help="write the finished annotations as gold",
        description="Write the finished annotations as JSON lines, several annotators' merged: "
        "ground truth wins, then what more than half of them have, then the latest. "
        f"Cancelled annotations and drafts are left out and counted. {_SERVER}",
        epilog="example: vidner label-studio pull --project News -o gold.jsonl",
    )
    _add_server(action)
    action.add_argument(
        "-o", "--out", type=Path, required=True, metavar="GOLD.jsonl", help="where to write"
    )
    action.add_argument(
        "--report", type=Path, metavar="FILE",
        help="leave out what breaks a rule and write it here, with what was skipped, is open or "
        "is not agreed on; without it such things are an error",
    )  # fmt: skip
    action.set_defaults(run=run_pull)


def _add_agreement(actions: Commands) -> None:
    action = actions.add_parser(
        "agreement",
        help="how well the annotators agree",
        description="Strict span F1 and Cohen's kappa of each pair of annotators, by label, and "
        f"every span that only one of them has. {_SERVER}",
        epilog="example: vidner label-studio agreement --project News",
    )
    _add_server(action)
    action.add_argument("--json", type=Path, metavar="FILE", help="write the figures here too")
    action.set_defaults(run=run_agreement)


def _add_diff(actions: Commands) -> None:
    action = actions.add_parser(
        "diff",
        help="what changed between two annotation files",
        description="List the spans that only one of two annotation files has (- old, + new). "
        "Exit code 0 without and 1 with differences, 2 on trouble, as diff has it.",
        epilog="example: vidner label-studio diff gold-monday.jsonl gold.jsonl",
    )
    action.add_argument("old", type=Path, metavar="OLD.jsonl")
    action.add_argument("new", type=Path, metavar="NEW.jsonl")
    action.set_defaults(run=run_diff)


def _add_select(actions: Commands) -> None:
    action = actions.add_parser(
        "select",
        help="choose which documents to annotate next",
        description="Choose the documents of a pool that teach the model most: the ones it "
        "doubts, without near-duplicates, rare labels first. Needs no server.",
        epilog="example: vidner label-studio select pool.jsonl -n 100 -o next.jsonl",
    )
    _add_documents(action, "POOL")
    action.add_argument("-n", "--count", type=_positive, required=True, metavar="N")
    action.add_argument(
        "--known", type=Path, nargs="+", default=[], metavar="GOLD.jsonl",
        help="annotated already: left out, near-duplicates of them too",
    )  # fmt: skip
    action.add_argument(
        "-o", "--out", type=Path, metavar="NEXT.jsonl", help="where to write (default: stdout)"
    )
    _add_model(action)
    action.set_defaults(run=run_select)


def _add_documents(action: argparse.ArgumentParser, name: str) -> None:
    action.add_argument(
        "documents", type=Path, nargs="+", metavar=name,
        help="annotation file (.jsonl), or a text file of any other name as one document",
    )  # fmt: skip


def _add_server(action: argparse.ArgumentParser) -> None:
    action.add_argument("--project", required=True, metavar="NAME", help="title or number")
    action.add_argument("--url", metavar="URL", help="address of the server")
    action.add_argument("--api-key", metavar="KEY", help="token of an account there")


def _add_model(action: argparse.ArgumentParser) -> None:
    add_model(action)


def _positive(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"{value}: wanted at least 1")
    return value


def run_push(options: argparse.Namespace) -> int:
    """Push the documents and say what was done."""
    from vidner.label_studio.push import push, version_of

    documents = _read(options.documents)
    with _server(options) as server, _bar("push", len(documents)) as advance:
        done = push(
            server,
            documents,
            project=options.project,
            predictor=Tagger.load(options.model) if options.predict else None,
            model_version=options.model_version or _default_version(options, version_of),
            finished=options.finished,
            annotators=options.annotators,
            progress=advance,
        )
        sys.stdout.write(
            f"{server.url}/projects/{done.project.id}: {done.created} new, {done.present} were "
            f"there, {done.predicted} predictions\n"
        )
    return OK


def _default_version(options: argparse.Namespace, version_of: Callable[[Any], str]) -> str:
    return version_of(options.model) if options.predict else "documents"


def run_pull(options: argparse.Namespace) -> int:
    """Write the gold, and the report if one is wanted."""
    pulled = _pull(options, strict=options.report is None)
    _write(options.out, (document.to_dict() for document in pulled.documents))
    if options.report is not None:
        _write(options.report, (finding.to_dict() for finding in pulled.report))
    sys.stdout.write(f"{options.out}: {_summary(pulled)}\n")
    return OK


def _summary(pulled: Pulled) -> str:
    entities = sum(len(document.entities) for document in pulled.documents)
    parts = [f"{len(pulled.documents)} of {pulled.tasks} documents, {entities} entities"]
    for kind, words in (
        ("skipped", "skipped"), ("draft", "with a draft only"), ("open", "not annotated"),
        ("disagreement", "not agreed on"), ("trimmed", "with white space cut off"),
        ("error", "with errors, see the report"),
    ):  # fmt: skip
        if count := pulled.count(kind):
            parts.append(f"{count} {words}")
    return "; ".join(parts)


def run_agreement(options: argparse.Namespace) -> int:
    """Write a table for each pair of annotators, and what they differ in."""
    from vidner.label_studio.agreement import pairs

    pulled = _pull(options, strict=False)
    found = pairs(pulled.annotations)
    if options.json is not None:
        _write_text(options.json, json.dumps([pair.to_dict() for pair in found], indent=1))
    for finding in pulled.report:
        if finding.kind == "error":
            complain(f"left out: {finding.document}: {finding.message}")
    if not found:
        complain("no document has finished annotations of two annotators; nothing to compare")
        return FAILED
    sys.stdout.write("\n".join(map(_pair_table, found)))
    return OK


def _pair_table(pair: Pair) -> str:
    row = pair.to_dict()
    lines = [f"{pair.one} and {pair.other}, {row['documents']} documents"]
    lines += [f"{'':<8}{'F1':>7}{'kappa':>8}"]
    for name, f1 in row["f1"].items():
        lines.append(f"{name:<8}{f1:>7.3f}{row['kappa'][name]:>8.3f}")
    return "\n".join([*lines, *pair.differences]) + "\n"


def run_diff(options: argparse.Namespace) -> int:
    """List the differences; the exit code is diff's."""
    from vidner.documents.jsonl import read_jsonl
    from vidner.label_studio.changes import changes

    try:
        lines = changes(read_jsonl(options.old), read_jsonl(options.new))
    except DocumentError as error:
        complain(str(error))
        return USAGE
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    return FAILED if lines else OK


def run_select(options: argparse.Namespace) -> int:
    """Write the chosen documents, the most useful first."""
    from vidner.label_studio.selection import select

    pool, known = _read(options.documents), _read(options.known)
    tagger = Tagger.load(options.model)
    with _bar("read", len(pool)) as advance:
        chosen = select(pool, tagger, options.count, known=known, progress=advance)
    rows = []
    for rank, choice in enumerate(chosen, start=1):
        doubts = [f"{each.label} {each.text}" for each in choice.mentions[:5]]
        why = {"rank": rank, "worth": round(choice.worth, 4), "doubts": doubts}
        row = choice.document.with_entities(()).to_dict()
        rows.append({**row, "meta": {**row["meta"], "selection": why}})
    if options.out is None:
        sys.stdout.write("".join(_line(row) for row in rows))
    else:
        _write(options.out, rows)
    if len(chosen) < options.count:
        complain(
            f"only {len(chosen)} of {options.count} chosen: the rest are annotated, empty or "
            "near-duplicates"
        )
    return OK


def _read(paths: Sequence[Path]) -> list[Document]:
    from vidner.documents.jsonl import read_jsonl
    from vidner.documents.plain import read_plain

    documents: list[Document] = []
    for path in paths:
        documents += read_jsonl(path) if path.suffix == ".jsonl" else [read_plain(path)]
    return documents


def _pull(options: argparse.Namespace, *, strict: bool) -> Pulled:
    from vidner.label_studio.pull import pull

    with _server(options) as server, _bar("pull", None) as advance:
        return pull(server, project=options.project, strict=strict, progress=advance)


def _server(options: argparse.Namespace) -> Server:
    from vidner.label_studio.client import Server

    return Server(options.url, options.api_key)


@contextmanager
def _bar(name: str, total: int | None) -> Iterator[Callable[[int], object]]:
    """A progress bar on a terminal, nothing elsewhere."""
    if not sys.stderr.isatty():
        yield lambda count: None
        return
    try:
        from tqdm import tqdm
    except ImportError:
        yield lambda count: None
        return
    with tqdm(total=total, desc=name, unit=" documents") as bar:
        yield bar.update


def _write(path: Path, rows: Iterable[Any]) -> None:
    _write_text(path, "".join(_line(row) for row in rows))


def _line(row: Any) -> str:
    return json.dumps(row, ensure_ascii=False) + "\n"


def _write_text(path: Path, text: str) -> None:
    """Write a file whole or not at all."""
    draft = path.with_name(f"{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        draft.write_text(text, "utf-8", newline="\n")
        draft.replace(path)
    except OSError as error:
        raise VidnerError(f"{path}: {error.strerror or error}") from None
