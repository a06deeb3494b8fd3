# Answers requests of a benchmark: one JSON object a line in, one a line out, until the input ends. What else is printed goes to
# stderr, so that no library's chatter gets between the answers.

import json
import os
import sys
import traceback


def serve(handlers):
    """Calls handlers[request["call"]](**request["with"]) for each request; the answer is what it returns, a dict."""
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    for line in sys.stdin:
        request = json.loads(line)
        try:
            answer = {"result": handlers[request["call"]](**request["with"])}
        except Exception:
            answer = {"error": traceback.format_exc()}
        answers.write(json.dumps(answer) + "\n")
