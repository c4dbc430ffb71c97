"""Steps from one taxonomy version to the next, replayed over its labels: pure, so a preview writes nothing."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from labeling.codemaps import CodeMap
from labeling.files.taxonomies import LabelRow, in_reading_order, label_of
from labeling.files.values import BadValue
from reviewapp.common.errors import Refused

KINDS = {
    "rename": "Rename",
    "merge": "Merge",
    "split": "Split",
    "retire": "Retire",
    "move": "Move",
    "add": "Add",
}
MOST = 200
Step = Mapping[str, Any]


@dataclass
class _Tree:
    """The labels as the steps so far leave them, and what each code of the first version has become."""

    rows: dict[str, LabelRow]
    became: dict[str, set[str]]

    def row(self, code: str) -> LabelRow:
        if code not in self.rows:
            raise Refused(f"there is no label with the code “{code[:60]}” at this step")
        return self.rows[code]

    def new(self, code: str, name: str, *, parent: str | None, definition: str = "") -> LabelRow:
        try:
            row = label_of(0, {"code": code, "name": name, "definition": definition})
        except BadValue as error:
            raise Refused(f"in a new label, {error}") from error
        if row.code in self.rows:
            raise Refused(f"the code “{row.code}” is taken")
        return replace(row, parent=parent)

    def below(self, code: str) -> list[str]:
        return [one for one, row in self.rows.items() if row.parent == code]

    def replace_code(self, old: str, new: Iterable[str]) -> None:
        parts = set(new)
        for reached in self.became.values():
            if old in reached:
                reached.discard(old)
                reached |= parts

    def adopt(self, children_of: str, parent: str | None) -> None:
        for code in self.below(children_of):
            self.rows[code] = replace(self.rows[code], parent=parent)

    def put(self, at: str, rows: Sequence[LabelRow]) -> None:
        """Rows in the place of another, so that the reading order stays."""
        found: dict[str, LabelRow] = {}
        for code, row in self.rows.items():
            if code == at:
                found |= {one.code: one for one in rows}
            else:
                found[code] = row
        self.rows = found


@dataclass(frozen=True)
class Changed:
    """Where the steps lead: the labels in reading order, and what became of each code of the first version."""

    rows: list[LabelRow]
    codes: CodeMap
    touched: list[tuple[str, ...]] = field(default_factory=list)  # of each step: the first version's codes it is about


def replay(rows: Iterable[LabelRow], steps: Sequence[Step]) -> Changed:
    """Follow the steps one after the other; Refused names the step that cannot be followed, and why."""
    if len(steps) > MOST:
        raise Refused(f"A change has at most {MOST} steps. Apply these first, then go on.")
    start = {row.code: row for row in rows}
    tree = _Tree(dict(start), {code: {code} for code in start})
    touched: list[tuple[str, ...]] = []
    for number, step in enumerate(steps, start=1):
        try:
            about = _codes(step)
            touched.append(tuple(code for code, reached in tree.became.items() if reached & set(about)))
            _FOLLOW[str(step.get("kind"))](tree, step)
        except KeyError as error:
            raise Refused(f"Step {number} is no step: it lacks {error}, or its kind is unknown.") from error
        except Refused as refusal:
            raise Refused(f"Step {number} ({step.get('kind')}): {refusal}.") from refusal
    order, wrong = in_reading_order(tree.rows.values())
    if wrong:
        raise Refused(f"These steps lead to no tree: “{wrong[0].key}”: {wrong[0].reason}.")
    if not order:
        raise Refused("These steps leave no label at all.")
    return Changed(
        rows=order,
        codes=CodeMap({code: frozenset(reached) for code, reached in tree.became.items()}, frozenset(tree.rows)),
        touched=touched,
    )


def _codes(step: Step) -> list[str]:
    if step["kind"] == "merge":
        return [str(code) for code in step["codes"]]
    return [] if step["kind"] == "add" else [str(step["code"])]


def _rename(tree: _Tree, step: Step) -> None:
    row = tree.row(step["code"])
    code = str(step.get("to") or row.code).strip()
    name = str(step.get("name") or row.name).strip()
    definition = str(step.get("definition") or row.definition).strip()
    if (code, name, definition) == (row.code, row.name, row.definition):
        raise Refused("it changes nothing: give another name, code or definition")
    if code != row.code:
        tree.new(code, name, parent=None)
    if len(name) > 200 or len(definition) > 4000:
        raise Refused("a name has at most 200 characters, a definition 4,000")
    tree.adopt(row.code, code)
    tree.put(row.code, [replace(row, code=code, name=name, definition=definition)])
    tree.replace_code(row.code, [code])


def _merge(tree: _Tree, step: Step) -> None:
    rows = [tree.row(str(code)) for code in dict.fromkeys(step["codes"])]
    if len(rows) < 2:
        raise Refused("it needs at least two labels")
    into = step["into"]
    code, gone = str(into["code"]).strip(), {row.code for row in rows}
    if code in gone:
        kept = tree.rows[code]
        kept = replace(
            kept, name=str(into.get("name") or kept.name), definition=str(into.get("definition") or kept.definition)
        )
        if len(kept.name) > 200 or len(kept.definition) > 4000:
            raise Refused("a name has at most 200 characters, a definition 4,000")
    else:
        parent = rows[0].parent if rows[0].parent not in gone else None
        kept = tree.new(code, str(into.get("name") or ""), parent=parent, definition=str(into.get("definition") or ""))
    if any(_is_above(tree, kept.parent, one) for one in gone):
        raise Refused("the label they become would lie below one that is merged into it")
    first = kept.code if kept.code in gone else rows[0].code
    for row in rows:
        tree.adopt(row.code, kept.code)
        if row.code != first:
            del tree.rows[row.code]
        tree.replace_code(row.code, [kept.code])
    tree.put(first, [kept])


def _is_above(tree: _Tree, code: str | None, wanted: str) -> bool:
    seen: set[str] = set()
    while code and code not in seen:
        if code == wanted:
            return True
        seen.add(code)
        code = tree.rows[code].parent if code in tree.rows else None
    return False


def _split(tree: _Tree, step: Step) -> None:
    row = tree.row(step["code"])
    parts = list(step["into"])
    if len({str(part["code"]).strip() for part in parts}) < max(2, len(parts)):
        raise Refused("it needs at least two parts, each with a code of its own")
    below, keeps = tree.below(row.code), any(str(part["code"]).strip() == row.code for part in parts)
    if below and not keeps:
        raise Refused(f"“{row.name}” has {len(below)} labels below it. Move them first, or let one part keep its code")
    made: list[LabelRow] = []
    for part in parts:
        code, name = str(part["code"]).strip(), str(part.get("name") or "").strip()
        definition = str(part.get("definition") or "").strip()
        if code == row.code:
            made.append(replace(row, name=name or row.name, definition=definition or row.definition))
        else:
            made.append(tree.new(code, name, parent=row.parent, definition=definition))
    tree.put(row.code, made)
    tree.replace_code(row.code, [one.code for one in made])


def _retire(tree: _Tree, step: Step) -> None:
    row = tree.row(step["code"])
    if below := tree.below(row.code):
        raise Refused(f"“{row.name}” has {len(below)} labels below it. Move, merge or retire them first")
    del tree.rows[row.code]
    tree.replace_code(row.code, [])


def _move(tree: _Tree, step: Step) -> None:
    row, parent = tree.row(step["code"]), str(step.get("parent") or "").strip() or None
    if parent is not None:
        tree.row(parent)
        if _is_above(tree, parent, row.code):
            raise Refused(f"“{row.name}” cannot lie below itself")
    if parent == row.parent:
        raise Refused("it is there already")
    tree.rows[row.code] = replace(row, parent=parent)


def _add(tree: _Tree, step: Step) -> None:
    parent = str(step.get("parent") or "").strip() or None
    if parent is not None:
        tree.row(parent)
    row = tree.new(
        str(step["code"]).strip(), str(step.get("name") or "").strip(), parent=parent,
        definition=str(step.get("definition") or "").strip(),
    )  # fmt: skip
    tree.rows[row.code] = row


_FOLLOW: dict[str, Callable[[_Tree, Step], None]] = {
    "rename": _rename,
    "merge": _merge,
    "split": _split,
    "retire": _retire,
    "move": _move,
    "add": _add,
}


def said(step: Step) -> str:
    """A step in words, with codes."""
    kind = step["kind"]
    if kind == "rename":
        to = f" with the code {step['to']}" if step.get("to") else ""
        name = f" “{step['name']}”" if step.get("name") else ""
        return f"{step['code']} is called{name or ' as before'}{to}"
    if kind == "merge":
        return f"{' and '.join(step['codes'])} become {step['into']['code']}"
    if kind == "split":
        return f"{step['code']} becomes {', '.join(str(part['code']) for part in step['into'])}"
    if kind == "retire":
        return f"{step['code']} is given up"
    if kind == "move":
        return f"{step['code']} goes {'below ' + step['parent'] if step.get('parent') else 'to the top'}"
    return f"{step['code']} is new{', below ' + step['parent'] if step.get('parent') else ''}"
