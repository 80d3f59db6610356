"""What clients and ormd say, held against the document of rpc.discover.

For a daemon that is held, whatever Clients ask and are told has to fit its
schemas, from then on and as long as its model is the same.  A request that was
taken fits "params.METHOD", its result "result.METHOD" and,
where it is of one model, "object.MODEL"; one that was refused because of a
name or a missing parameter fits no schema; an error fits "error".
"""

import json
import warnings

import harness
from harness import RpcError, check, dumps

with warnings.catch_warnings():
    # Debian's has no successor of RefResolver yet, newer ones warn of it.
    warnings.simplefilter("ignore", DeprecationWarning)
    from jsonschema import Draft7Validator, RefResolver

MOST = 400			# exchanges of one daemon that are judged
# Paths of names that no schema knows: those inside of strings.
IN_STRINGS = ("rules", "only", "order_by", "after", "load", "group_by",
              "functions", "having", "key", "deadline_ms")


class Judge:
    """The schemas of one document."""

    def __init__(self, document):
        self.document = document
        self.resolver = RefResolver("", document)
        self.validators = {}

    def has(self, name):
        return name in self.document["components"]["schemas"]

    def validator(self, name):
        if name not in self.validators:
            self.validators[name] = Draft7Validator(
                self.document["components"]["schemas"][name],
                resolver=self.resolver)
        return self.validators[name]

    def fits(self, name, value):
        return self.validator(name).is_valid(value)

    def check(self, name, value, about=""):
        for error in self.validator(name).iter_errors(value):
            raise AssertionError(
                "%s does not fit %s: at /%s %s\n%s"
                % (dumps(value)[:2000], name,
                   "/".join(str(p) for p in error.absolute_path),
                   error.message[:1000], about))

    def objects(self, method, params, result):
        """The objects of the request's model in this result."""
        if method == "get":
            return [] if result is None else [result]
        if method == "find":
            return result.get("items", [])	# a stream has none
        if method in ("create", "update", "merge", "append", "remove",
                      "set") and params.get("return") in (None, "object"):
            made = result if isinstance(result, list) else [result]
            return [o for o in made if o is not None]
        return []

    def judge(self, request, reply):
        method = request["method"]
        params = request.get("params") or {}
        about = "request %s\nreply %s" % (dumps(request)[:2000],
                                          dumps(reply)[:2000])
        if "error" in reply:
            self.check("error", reply["error"], about)
            data = reply["error"]["data"]
            known = self.has("params." + method)
            inside = not any("/" + name in data.get("path", "")
                             for name in IN_STRINGS)
            if data["kind"] in ("unknown_field", "unknown_model",
                                "required") and known and inside:
                check(not self.fits("params." + method, params),
                      "refused, and fits the schema: " + about)
            check((data["kind"] == "method_not_found") != known, about)
            return
        self.check("params." + method, params, about)
        self.check("result." + method, reply["result"], about)
        for item in self.objects(method, params, reply["result"]):
            self.check("object." + params["model"], item, about)


def judge_of(client):
    """Of the daemon that this client talks to."""
    client.send('{"id":"discover","method":"rpc.discover"}\n')
    reply = json.loads(client.line())
    if "error" in reply:
        raise RpcError(reply["error"])
    return Judge(reply["result"])


def hold(daemon):
    """From now on what is said to this daemon is judged."""
    with daemon.connect() as client:
        judge = judge_of(client)
    done = set()

    def note(address, request, reply):
        params = request.get("params")
        # Another one may have got the port of one that has ended.
        if address != daemon.address or daemon.process.poll() is not None \
                or not isinstance(params, (dict, type(None))):
            return
        # One of each shape, and what became of it.
        shape = (request["method"], dumps(params)[:300],
                 reply.get("error", {}).get("data", {}).get("kind"))
        if shape not in done and len(done) < MOST:
            done.add(shape)
            judge.judge(request, reply)

    harness.seen.append(note)
    return daemon
