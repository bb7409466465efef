"""What PyYAML reads: the oracle of YAMLOracleTests.

Input: a JSON array of texts. Output: a JSON array with, for each text, an object: `value` is the text's
structure with every scalar as a string, or `error` is why it was refused. Both the C reader (libyaml) and
the one in Python are asked; `other` is the answer of the second where it differs.
"""
import json
import sys

import yaml


class Refused(Exception):
    pass


def outline(node, seen):
    """The node as JSON: mappings as lists of pairs, so that no key is lost or compared."""
    seen.append(node)
    if len(seen) > 10_000:
        raise Refused("aliases without end")
    if isinstance(node, yaml.ScalarNode):
        # JSON's pairs of escapes are two code points here; the tests mean one character.
        text = node.value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        return text
    if isinstance(node, yaml.SequenceNode):
        return [outline(child, seen) for child in node.value]
    pairs = [[outline(key, seen), outline(value, seen)] for key, value in node.value]
    return {"pairs": pairs}


def answer(text, loader):
    try:
        node = yaml.compose(text, Loader=loader)
        if node is None:
            return {"error": "empty"}
        return {"value": outline(node, [])}
    except Exception as error:  # the reader in Python also fails in its own code
        return {"error": str(error).replace("\n", " ")[:200]}


def main():
    sys.setrecursionlimit(5000)
    fast = getattr(yaml, "CBaseLoader", None)
    answers = []
    for text in json.load(sys.stdin):
        first = answer(text, fast or yaml.BaseLoader)
        if fast:
            second = answer(text, yaml.BaseLoader)
            if ("error" in second) != ("error" in first) or second.get("value") != first.get("value"):
                first["other"] = second
        answers.append(first)
    json.dump(answers, sys.stdout)


if __name__ == "__main__":
    main()
