#!/usr/bin/env python3
"""Reads of the environment by Python's own parser, to be held against what `ssot` reads.

    python3 tests/env-reads/oracle.py SSOT DIRECTORY..

Written from the contract alone, with `ast` and scopes of its own: where both agree on every place, key and hole, either both
are right or both misread the contract. Prints one line a directory and one a disagreement; exits 1 where there is any.
"""

import ast
import collections
import json
import os
import subprocess
import sys
import tempfile
import warnings

warnings.simplefilter("ignore")
READERS = {"os.environ.get", "os.environ.pop", "os.environ.setdefault", "os.getenv"}
NO_READS = {"get", "pop", "setdefault", "update", "clear", "__contains__", "__setitem__", "__delitem__"}
ITEMS = {"frozenset", "set", "tuple", "list", "sorted", "OrderedDict", "MappingProxyType", "frozendict", "deque", "Counter", "dict"}


class Scope:
    def __init__(self, kind, parent, node):
        self.kind, self.parent, self.node = kind, parent, node
        self.names = collections.defaultdict(list)
        self.globals, self.nonlocals = set(), set()

    def find(self, name):
        """The scope that binds `name` as seen from here, class scopes being seen from inside themselves alone."""
        scope, own = self, True
        if name in self.globals:
            while scope.parent:
                scope = scope.parent
            return scope
        while scope:
            if name in scope.names and (own or scope.kind != "class"):
                return scope
            scope, own = scope.parent, False
        return None


class Module:
    """One file: scopes, and for each node the scope that it stands in and its parent."""

    def __init__(self, path, text):
        self.path, self.lines = path, text.split("\n")
        self.tree = ast.parse(text)
        self.top = Scope("module", None, self.tree)
        self.scope, self.parent, self.stars, self.late = {}, {}, [], []
        self.visit(self.tree, self.top)
        for scope, name in self.late:
            at = scope.find(name) or self.top
            at.names[name].append(("other", None))

    def place(self, node):
        line = self.lines[node.lineno - 1].encode()
        return node.lineno, len(line[: node.col_offset].decode(errors="replace")) + 1

    def bind(self, scope, name, kind, value=None):
        if name in scope.globals:
            self.top.names[name].append(("other", None))
        elif name in scope.nonlocals:
            self.late.append((scope.parent, name))
            scope.names[name].append(("other", None))
        else:
            scope.names[name].append((kind, value))

    def target(self, scope, node, kind, value):
        if isinstance(node, ast.Name):
            self.bind(scope, node.id, kind, value)
        else:
            for inner in ast.walk(node):
                if isinstance(inner, ast.Name) and isinstance(inner.ctx, (ast.Store, ast.Del)):
                    self.bind(scope, inner.id, "loops" if kind == "loop" else "other")

    def visit(self, node, scope):
        self.scope[node] = scope
        method = getattr(self, "at_" + type(node).__name__, None)
        children = list(ast.iter_child_nodes(node))
        for child in children:
            self.parent[child] = node
        if method is None or method(node, scope) is not True:
            for child in children:
                self.visit(child, scope)

    def at_Global(self, node, scope):
        scope.globals.update(node.names)

    def at_Nonlocal(self, node, scope):
        for name in node.names:
            self.late.append((scope.parent, name))
            scope.names[name].append(("other", None))

    def at_Assign(self, node, scope):
        for target in node.targets:
            self.target(scope, target, "value", node.value)

    def at_AnnAssign(self, node, scope):
        if node.value is not None:
            self.target(scope, node.target, "value", node.value)

    def at_AugAssign(self, node, scope):
        self.target(scope, node.target, "other", None)

    def at_NamedExpr(self, node, scope):
        while scope.kind == "comprehension":
            scope = scope.parent
        self.bind(scope, node.target.id, "other")

    def at_Delete(self, node, scope):
        for target in node.targets:
            self.target(scope, target, "other", None)

    def at_For(self, node, scope):
        self.target(scope, node.target, "loop", node)

    at_AsyncFor = at_For

    def at_withitem(self, node, scope):
        if node.optional_vars is not None:
            self.target(scope, node.optional_vars, "other", None)

    def at_ExceptHandler(self, node, scope):
        if node.name:
            self.bind(scope, node.name, "other")

    def at_MatchAs(self, node, scope):
        if node.name:
            self.bind(scope, node.name, "other")

    at_MatchStar = at_MatchAs

    def at_Import(self, node, scope):
        for name in node.names:
            first = name.name.split(".")[0]
            self.bind(scope, name.asname or first, "import", name.name if name.asname else first)

    def at_ImportFrom(self, node, scope):
        module = "." * node.level + (node.module or "")
        for name in node.names:
            if name.name == "*":
                self.stars.append(module)
            else:
                path = module + name.name if module.endswith(".") else f"{module}.{name.name}"
                self.bind(scope, name.asname or name.name, "import", path)

    def function(self, node, scope, body):
        inner = Scope("function", scope, node)
        arguments = node.args
        named = arguments.posonlyargs + arguments.args
        defaults = [None] * (len(named) - len(arguments.defaults)) + arguments.defaults
        index = 0
        for argument, default in list(zip(named, defaults)):
            inner.names[argument.arg].append(("param", (node, argument.arg, index, default)))
            index += 1
        for argument in [arguments.vararg, arguments.kwarg]:
            if argument:
                inner.names[argument.arg].append(("other", None))
        index += arguments.vararg is not None
        for argument, default in zip(arguments.kwonlyargs, arguments.kw_defaults):
            inner.names[argument.arg].append(("param", (node, argument.arg, index, default)))
            index += 1
        for child in ast.iter_child_nodes(node):
            self.visit(child, inner if child in body else scope)
        return True

    def at_FunctionDef(self, node, scope):
        decorators = [ast.unparse(decorator) for decorator in node.decorator_list]
        if not any(d in ("overload", "typing.overload", "t.overload") for d in decorators):
            self.bind(scope, node.name, "function", node)
        return self.function(node, scope, node.body)

    at_AsyncFunctionDef = at_FunctionDef

    def at_Lambda(self, node, scope):
        return self.function(node, scope, [node.body])

    def at_ClassDef(self, node, scope):
        self.bind(scope, node.name, "class", node)
        inner = Scope("class", scope, node)
        for child in ast.iter_child_nodes(node):
            self.visit(child, inner if child in node.body else scope)
        return True

    def comprehension(self, node, scope):
        inner = Scope("comprehension", scope, node)
        for at, generator in enumerate(node.generators):
            self.scope[generator], self.parent[generator] = inner, node
            for child in ast.iter_child_nodes(generator):
                self.parent[child] = generator
            self.visit(generator.iter, scope if at == 0 else inner)
            self.target(inner, generator.target, "loop", generator)
            self.visit(generator.target, inner)
            for test in generator.ifs:
                self.visit(test, inner)
        for child in ast.iter_child_nodes(node):
            if not isinstance(child, ast.comprehension):
                self.visit(child, inner)
        return True

    at_ListComp = at_SetComp = at_DictComp = at_GeneratorExp = comprehension


class Tree:
    """The modules of a directory, by path, and what their names mean across files."""

    def __init__(self, directory):
        self.directory, self.modules, self.broken, self.reads, self.holes = directory, {}, [], {}, set()
        listed = subprocess.run(["git", "-C", directory, "ls-files", "-z", "*.py"], capture_output=True, check=True).stdout
        self.paths = {path for path in listed.decode(errors="surrogateescape").split("\0") if path}
        self.texts = {}
        for path in sorted(self.paths):
            if os.path.islink(os.path.join(directory, path)):
                continue
            data = open(os.path.join(directory, path), "rb").read()
            self.texts[path] = data.decode("utf-8-sig", errors="replace")
            if any(word in data for word in (b"environ", b"getenv")):
                self.module(path)

    def module(self, path):
        if path not in self.modules:
            self.modules[path] = None
            try:
                self.modules[path] = Module(path, self.texts[path].replace("\r\n", "\n"))
            except (SyntaxError, ValueError, RecursionError, KeyError):
                self.broken.append(path)
        return self.modules[path]

    # What names mean

    def dotted(self, module, node, hops=4):
        """The dotted path of an expression and whether an import says so."""
        if isinstance(node, ast.Name):
            scope = module.scope[node].find(node.id)
            if scope is None:
                return node.id, False
            bindings = scope.names[node.id]
            kinds = {kind for kind, _ in bindings}
            values = {value for kind, value in bindings if kind == "import"}
            if len(values) == 1 and all(kind == "import" or self.fallback(module, kind, value) for kind, value in bindings):
                return values.pop(), True
            if kinds == {"value"} and len(bindings) == 1 and hops:
                return self.dotted(module, bindings[0][1], hops - 1)
            return None
        if isinstance(node, ast.Attribute):
            of = self.dotted(module, node.value, hops)
            return of and (f"{of[0]}.{node.attr}", of[1])
        return None

    def fallback(self, module, kind, value):
        """`except ImportError: name = None`"""
        if kind != "value":
            return False
        statement = module.parent.get(value)
        return isinstance(module.parent.get(statement), ast.ExceptHandler)

    def once(self, module, name):
        """The only value that a name is bound to."""
        scope = module.scope[name].find(name.id)
        bindings = scope.names[name.id] if scope else []
        return bindings[0] if len(bindings) == 1 else (("loops", None) if bindings and {k for k, _ in bindings} <= {"loop", "loops"} else None)

    def files(self, module, path):
        """Where a dotted path of an import may be defined: pairs of a module and the names that are left."""
        names = path.lstrip(".")
        level = len(path) - len(names)
        names = names.split(".")
        directory = os.path.dirname(module.path)
        if level:
            for _ in range(level - 1):
                directory = os.path.dirname(directory)
            roots = [directory]
        else:
            while directory and f"{directory}/__init__.py" in self.paths:
                directory = os.path.dirname(directory)
            roots = []
            while True:
                roots += [directory] + [os.path.join(directory, source) for source in ("src", "lib", "python")]
                if not directory:
                    break
                directory = os.path.dirname(directory)
            tops = {
                os.path.dirname(os.path.dirname(file))
                for file in self.paths
                if file.endswith(f"{names[0]}/__init__.py") and os.path.basename(os.path.dirname(file)) == names[0]
                and os.path.join(os.path.dirname(os.path.dirname(file)), "__init__.py") not in self.paths
            }
            roots += list(tops) if len(tops) == 1 else []
        for root in roots:
            found = []
            for at in range(0 if level else 1, len(names)):
                base = os.path.join(root, *names[:at])
                for file in (os.path.join(base, "__init__.py"), base + ".py"):
                    if file in self.paths:
                        found.append((file, names[at:]))
            if found:
                return found
        return []

    def foreign(self, module, path, want, hops=8):
        """What `want` makes of the first module that binds the name."""
        for file, names in self.files(module, path) if hops else []:
            other = self.module(file)
            if other is None:
                continue
            bindings = other.top.names.get(names[0], [])
            if len(bindings) == 1 and bindings[0][0] == "import":
                found = self.foreign(other, ".".join([bindings[0][1]] + names[1:]), want, hops - 1)
            elif bindings:
                found = want(other, names, bindings)
            else:
                found = None
                for star in other.stars:
                    inner = star + ".".join(names) if star.endswith(".") else star + "." + ".".join(names)
                    found = found or self.foreign(other, inner, want, hops - 1)
            if found is not None:
                return found
        return None

    def paths_of(self, module, node):
        path = self.dotted(module, node)
        if path is None:
            return []
        if path[1]:
            return [path[0]]
        return [star + path[0] if star.endswith(".") else f"{star}.{path[0]}" for star in module.stars]

    # What keys are

    def text(self, node):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            return node.value
        if isinstance(node, ast.JoinedStr) and all(isinstance(part, ast.Constant) for part in node.values):
            return "".join(part.value for part in node.values)
        return None

    def keys(self, module, node, hops=5):
        """The strings that an expression may be as a key; None where that is not known; a parameter."""
        text = self.text(node)
        if text is not None:
            return [text]
        if isinstance(node, ast.Await):
            return self.keys(module, node.value, hops)
        if isinstance(node, ast.Name):
            bound = self.once(module, node)
            if bound and bound[0] == "value" and hops:
                return self.keys(module, bound[1], hops - 1)
            if bound and bound[0] == "loop":
                return self.items(module, bound[1].iter, set())
            if bound and bound[0] == "loops":
                loop = self.innermost(module, node)
                return self.items(module, loop.iter, set()) if loop else None
            if bound and bound[0] == "param":
                return bound
        for path in self.paths_of(module, node):
            found = self.foreign(module, path, self.scalar)
            if found is not None:
                return found
        return None

    def innermost(self, module, name):
        node = name
        while node in module.parent:
            child, node = node, module.parent[node]
            if isinstance(node, (ast.For, ast.AsyncFor)) and child in node.body:
                if isinstance(node.target, ast.Name) and node.target.id == name.id:
                    return node
                if any(isinstance(inner, ast.Name) and inner.id == name.id for inner in ast.walk(node.target)):
                    return None
        return None

    def scalar(self, module, names, bindings):
        value = self.member(module, names, bindings)
        return self.keys(module, value) if value is not None else None

    def member(self, module, names, bindings):
        if len(names) == 1 and len(bindings) == 1 and bindings[0][0] == "value":
            return bindings[0][1]
        if len(names) == 2 and len(bindings) == 1 and bindings[0][0] == "class":
            for statement in bindings[0][1].body:
                if isinstance(statement, (ast.Assign, ast.AnnAssign)):
                    targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
                    if any(isinstance(target, ast.Name) and target.id == names[1] for target in targets):
                        return statement.value
        if len(names) == 2 and len(bindings) == 1 and isinstance(bindings[0][1], ast.Dict):
            for key, value in zip(bindings[0][1].keys, bindings[0][1].values):
                if key is not None and self.text(key) == names[1]:
                    return value
        return None

    def items(self, module, node, entered):
        """The items of a collection, as far as each is known; None marks what is not."""
        if isinstance(node, (ast.List, ast.Tuple, ast.Set)):
            out = []
            for item in node.elts:
                if isinstance(item, ast.Starred):
                    out += self.items(module, item.value, entered)
                    continue
                if isinstance(item, ast.Constant) and not isinstance(item.value, str) and item.value is not ...:
                    out.append(str(item.value))
                    continue
                keys = self.keys(module, item)
                out += keys if isinstance(keys, list) else [None]
            return out
        if isinstance(node, ast.Dict):
            out = []
            for key, value in zip(node.keys, node.values):
                if key is None:
                    out += self.items(module, value, entered)
                else:
                    keys = self.keys(module, key)
                    out += keys if isinstance(keys, list) else [None]
            return out
        if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Add, ast.BitOr)):
            return self.items(module, node.left, entered) + self.items(module, node.right, entered)
        if isinstance(node, ast.Call):
            if isinstance(node.func, ast.Attribute) and node.func.attr in ("union", "copy"):
                return [item for part in [node.func.value, *node.args] for item in self.items(module, part, entered)]
            name = ast.unparse(node.func).split("[")[0].split(".")[-1]
            if name == "sorted" or (name in ITEMS and len(node.args) <= 1 and (name == "dict" or not node.keywords)):
                out = [item for part in node.args[:1] for item in self.items(module, part, entered)]
                return out + [keyword.arg for keyword in node.keywords if name == "dict"]
            return [None]
        if isinstance(node, ast.Name):
            bound = self.once(module, node)
            if bound and bound[0] == "value":
                if id(bound[1]) in entered:
                    return []
                return self.items(module, bound[1], entered | {id(bound[1])})
        for path in self.paths_of(module, node):
            want = lambda other, names, bindings: (
                None if self.member(other, names, bindings) is None else self.items(other, self.member(other, names, bindings), entered)
            )
            found = self.foreign(module, path, want)
            if found is not None:
                return found
        return [None]

    # Reads

    def read(self, module, key, calls):
        """A read by the expression `key`."""
        keys = self.keys(module, key)
        if isinstance(keys, tuple):
            calls.append((keys[1], module, key))
            return
        at = (module.path, *module.place(key))
        for value in keys if keys is not None else [None]:
            if value is None:
                self.holes.add(at)
            else:
                self.reads.setdefault(at, set()).add(value)

    def argument(self, call, index, name):
        for at, given in enumerate(call.args):
            if at == index or isinstance(given, ast.Starred):
                return given
        for keyword in call.keywords:
            if keyword.arg == name:
                return keyword.value
        if any(keyword.arg is None for keyword in call.keywords):
            return next(keyword.value for keyword in call.keywords if keyword.arg is None)
        return None

    def environment(self, module, node, calls):
        """An expression that is `os.environ` itself, by what is done with it."""
        parent = module.parent.get(node)
        if isinstance(parent, ast.Subscript) and parent.value is node:
            if isinstance(parent.ctx, ast.Load):
                self.read(module, parent.slice, calls)
        elif isinstance(parent, ast.Attribute):
            call = module.parent.get(parent)
            test = module.parent.get(call)
            if parent.attr == "keys" and isinstance(test, ast.Compare) and call in test.comparators:
                return
            if parent.attr not in NO_READS:
                self.holes.add((module.path, *module.place(node)))
        elif isinstance(parent, ast.Compare) and node in parent.comparators:
            at = parent.comparators.index(node)
            if not isinstance(parent.ops[at], (ast.In, ast.NotIn)):
                self.holes.add((module.path, *module.place(node)))
        elif isinstance(parent, ast.Delete):
            pass
        elif self.alias(module, parent, node):
            pass
        else:
            self.holes.add((module.path, *module.place(node)))

    def alias(self, module, parent, node):
        """`env = os.environ`, where that name is bound once and used."""
        if not isinstance(parent, (ast.Assign, ast.AnnAssign)) or parent.value is not node:
            return False
        targets = parent.targets if isinstance(parent, ast.Assign) else [parent.target]
        if len(targets) != 1 or not isinstance(targets[0], ast.Name):
            return False
        name = targets[0].id
        scope = module.scope[targets[0]].find(name)
        if scope is None or len(scope.names[name]) != 1:
            return False
        return any(
            isinstance(use, ast.Name) and isinstance(use.ctx, ast.Load) and use.id == name
            and module.scope.get(use) is not None and module.scope[use].find(name) is scope
            for use in ast.walk(module.tree)
        )

    def scan(self):
        wrappers = []
        for module in [module for module in self.modules.values() if module]:
            if any(word in self.texts[module.path] for word in ("environ", "getenv")):
                self.direct(module, wrappers)
        by_function = collections.defaultdict(list)
        for (function, name, index, default), module, key in wrappers:
            by_function[function].append((module, key, name, index, default))
        called = self.wrapped(by_function)
        for function, reads in by_function.items():
            if function not in called:
                for module, key, *_ in reads:
                    self.holes.add((module.path, *module.place(key)))

    def direct(self, module, calls):
        for node in ast.walk(module.tree):
            if not isinstance(node, (ast.Name, ast.Attribute)) or not isinstance(node.ctx, ast.Load):
                continue
            path = self.dotted(module, node)
            if path is None or node not in module.scope:
                continue
            parent = module.parent.get(node)
            if path[0] == "os.environ":
                self.environment(module, node, calls)
            elif path[0] in READERS:
                if isinstance(parent, ast.Call) and parent.func is node:
                    key = self.argument(parent, 0, "key")
                    if key is not None:
                        self.read(module, key, calls)
                elif not self.alias(module, parent, node):
                    self.holes.add((module.path, *module.place(node)))

    def wrapped(self, by_function):
        called = set()
        names = {function.name for function in by_function if not isinstance(function, ast.Lambda)}
        lambdas = any(isinstance(function, ast.Lambda) for function in by_function)
        for path, text in sorted(self.texts.items()):
            if not lambdas and not any(name in text for name in names) and path not in self.modules:
                continue
            module = self.module(path)
            for node in ast.walk(module.tree) if module else []:
                if not isinstance(node, ast.Call):
                    continue
                found = self.callee(module, node.func, by_function)
                if found:
                    function, bound = found
                    called.add(function)
                    home, _, name, index, default = by_function[function][0]
                    key = self.argument(node, index - bound, name)
                    if key is None and default is not None:
                        self.own(module, node, home, default)
                    elif key is not None:
                        self.given(module, key)
                for given in [*node.args, *[keyword.value for keyword in node.keywords]]:
                    given = given.value if isinstance(given, ast.Starred) else given
                    found = isinstance(given, (ast.Name, ast.Attribute)) and self.callee(module, given, by_function, False)
                    if found:
                        called.add(found[0])
                        self.holes.add((module.path, *module.place(given)))
        return called

    def own(self, module, call, home, default):
        value = self.text(default)
        at = (home.path, *home.place(default)) if home is module else (module.path, *module.place(call))
        if value is not None:
            self.reads.setdefault(at, set()).add(value)

    def given(self, module, key):
        keys = self.keys(module, key)
        at = (module.path, *module.place(key))
        for value in keys if isinstance(keys, list) else [None]:
            if value is None:
                self.holes.add(at)
            else:
                self.reads.setdefault(at, set()).add(value)

    def callee(self, module, node, by_function, methods=True):
        """The wrapper that an expression is, and the parameters that its receiver takes up."""
        if isinstance(node, ast.Name) and node in module.scope:
            scope = module.scope[node].find(node.id)
            bindings = scope.names[node.id] if scope else []
            if len(bindings) == 1 and bindings[0][1] in by_function:
                return bindings[0][1], 0
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and methods:
            receiver = node.value.id
            for function in by_function:
                home = by_function[function][0][0]
                holder = home.parent.get(function)
                if home is module and isinstance(holder, ast.ClassDef) and getattr(function, "name", None) == node.attr:
                    same = [f for f in by_function if getattr(f, "name", None) == node.attr and by_function[f][0][0] is module]
                    if len(same) > 1:
                        return None
                    static = any(ast.unparse(d) == "staticmethod" for d in function.decorator_list)
                    of_class = any(ast.unparse(d) == "classmethod" for d in function.decorator_list)
                    if receiver in ("self", "cls"):
                        return function, int(not static)
                    if receiver == holder.name:
                        return function, int(of_class)
        for path in self.paths_of(module, node):
            found = self.foreign(module, path, lambda other, names, bindings: self.function_of(names, bindings, by_function))
            if found is not None:
                return found
        return None

    def function_of(self, names, bindings, by_function):
        kind, value = bindings[0]
        if len(bindings) != 1:
            return None
        if len(names) == 1 and value in by_function:
            return value, 0
        if len(names) == 2 and kind == "class":
            for statement in value.body:
                if getattr(statement, "name", None) == names[1] and statement in by_function:
                    return statement, int(any(ast.unparse(d) == "classmethod" for d in statement.decorator_list))
        return None


def engine(ssot, directory):
    with tempfile.NamedTemporaryFile("w", suffix=".yaml") as policy:
        policy.write('version: 1\nfacts:\n  reads: { files: "**/*.py", env-reads: {}, optional: true }\nrules: []\n')
        policy.flush()
        command = [ssot, "facts", "reads", "--format", "json", "--root", directory, "--policy", policy.name]
        ran = subprocess.run(command, capture_output=True, check=False)
    if not ran.stdout:
        sys.exit(ran.stderr.decode())
    fact = json.loads(ran.stdout)["facts"][0]
    reads = collections.defaultdict(set)
    at = lambda place: (place["path"], place["line"], place["column"])
    for element in fact["elements"]:
        if element["captures"]["idiom"].startswith(("os.", "environ")):
            reads[at(element["place"])].add(element["value"])
    return reads, {at(hole["place"]) for hole in fact["dynamic"]}


def main():
    sys.setrecursionlimit(100_000)
    ssot, *directories = sys.argv[1:]
    differ = 0
    for directory in directories:
        tree = Tree(directory)
        tree.scan()
        reads, holes = engine(ssot, directory)
        broken = set(tree.broken)
        ours = {(at, key) for at, keys in reads.items() for key in keys if at[0] not in broken}
        theirs = {(at, key) for at, keys in tree.reads.items() for key in keys}
        holes = {at for at in holes if at[0] not in broken}
        print(f"{os.path.basename(os.path.abspath(directory))}: {len(tree.texts)} files, {len(theirs)} reads, "
              f"{len(tree.holes)} dynamic, {len(theirs ^ ours) + len(tree.holes ^ holes)} disagreements, "
              f"{len(broken)} not of this Python's syntax")
        for (path, line, column), key in sorted(theirs - ours):
            print(f"  only by ast: {path}:{line}:{column} {key}")
        for (path, line, column), key in sorted(ours - theirs):
            print(f"  only by ssot: {path}:{line}:{column} {key}")
        for path, line, column in sorted(tree.holes - holes):
            print(f"  dynamic by ast only: {path}:{line}:{column}")
        for path, line, column in sorted(holes - tree.holes):
            print(f"  dynamic by ssot only: {path}:{line}:{column}")
        differ += len(theirs ^ ours) + len(tree.holes ^ holes)
    return 1 if differ else 0


if __name__ == "__main__":
    sys.exit(main())
