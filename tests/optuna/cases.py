"""Runs unittest cases and writes them down as GoogleTest does, so that ./test counts them."""

import os
import sys
import unittest
from xml.sax.saxutils import quoteattr


class _Results(unittest.TextTestResult):
    def __init__(self, *args):
        super().__init__(*args)
        self.cases = []  # (name, "completed" or "skipped", why it failed or was skipped)

    def _add(self, test, result, why=None):
        self.cases.append((test.id().split(".", 1)[-1], result, why))

    def addSuccess(self, test):
        super().addSuccess(test)
        self._add(test, "completed")

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        print(f"SKIPPED: {test.id()}: {reason}", file=sys.stderr)
        self._add(test, "skipped", reason)

    def addFailure(self, test, error):
        super().addFailure(test, error)
        self._add(test, "completed", self.failures[-1][1])

    def addError(self, test, error):
        super().addError(test, error)
        self._add(test, "completed", self.errors[-1][1])


def write_xml(cases, suite):
    path = os.environ.get("XML_OUTPUT_FILE")
    if not path:
        return
    failed = sum(1 for case in cases if case[1] != "skipped" and case[2])
    with open(path, "w", encoding="utf-8") as file:
        counts = f'tests="{len(cases)}" failures="{failed}" disabled="0" errors="0"'
        file.write('<?xml version="1.0" encoding="UTF-8"?>\n')
        file.write(f'<testsuites {counts} name="AllTests">\n<testsuite name="{suite}" {counts}>\n')
        for name, result, why in cases:
            status = "notrun" if result == "skipped" else "run"
            file.write(f'<testcase name={quoteattr(name)} status="{status}" result="{result}" classname="{suite}">')
            if why:
                kind = "skipped" if result == "skipped" else "failure"
                # In double quotes, which ./test expects.
                file.write(f"<{kind} message={quoteattr(why.replace(chr(34), chr(39)))}></{kind}>")
            file.write("</testcase>\n")
        file.write("</testsuite>\n</testsuites>\n")


def skip_all(suite, reason):
    print(f"SKIPPED: {reason}", file=sys.stderr)
    write_xml([(suite, "skipped", reason)], suite)


def run(suite_name, module):
    suite = unittest.defaultTestLoader.loadTestsFromModule(module)
    result = unittest.TextTestRunner(resultclass=_Results, verbosity=2).run(suite)
    # What fails before the first test of a class has no case of its own.
    cases = result.cases or [(suite_name, "completed", "no test ran")]
    write_xml(cases, suite_name)
    return 0 if result.wasSuccessful() and result.cases else 1
