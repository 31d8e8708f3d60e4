"""The gate's result as one HTML page that loads nothing from anywhere."""

from __future__ import annotations

from pathlib import Path

from jinja2 import Environment

from segctl.durable import write_text
from segctl.quality.gate import GateResult

_TEMPLATE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<title>Data quality, as of {{ gate.as_of }}</title>
<style>
:root {
  --page: #f6f7f9; --card: #fff; --ink: #1b1f24; --soft: #5b6470; --line: #dfe3e8;
  --good: #14713a; --good-bg: #e2f4e8; --bad: #a91d2b; --bad-bg: #fdE7e9;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #14171b; --card: #1d2126; --ink: #e8eaed; --soft: #a2abb6; --line: #323941;
    --good: #7fd6a0; --good-bg: #173324; --bad: #ff9ba4; --bad-bg: #44191e;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink);
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
main { max-width: 60rem; margin: 0 auto; padding: 1.25rem 1rem 3rem; }
h1 { font-size: 1.5rem; margin: 0 0 .25rem; }
h2 { font-size: 1.05rem; margin: 0; overflow-wrap: anywhere; }
p { margin: .25rem 0 1rem; color: var(--soft); }
.verdict { display: inline-block; padding: .3rem .8rem; border-radius: .5rem; font-weight: 600; }
.good { color: var(--good); background: var(--good-bg); }
.bad { color: var(--bad); background: var(--bad-bg); }
details { background: var(--card); border: 1px solid var(--line); border-radius: .6rem;
  margin: .7rem 0; }
summary { display: flex; flex-wrap: wrap; gap: .3rem .8rem; align-items: baseline; cursor: pointer;
  padding: .7rem 1rem; }
summary .verdict { font-size: .85rem; padding: .05rem .55rem; margin-left: auto; }
summary small { color: var(--soft); }
ul { list-style: none; margin: 0; padding: 0 1rem .7rem; }
li { display: flex; gap: .7rem; padding: .4rem 0; border-top: 1px solid var(--line); }
li > span:first-child { flex: none; width: 4rem; font-size: .85rem; font-weight: 600; }
li.failed > span:first-child { color: var(--bad); }
li.passed > span:first-child { color: var(--good); }
li div { min-width: 0; overflow-wrap: anywhere; }
li small { display: block; color: var(--soft); }
footer { color: var(--soft); font-size: .85rem; margin-top: 2rem; }
</style>
</head>
<body>
<main>
<h1>Data quality</h1>
<p>As of {{ gate.as_of }}, checked {{ gate.checked_at[:16] | replace("T", " ") }} UTC</p>
{% if gate.passed -%}
<div class="verdict good">Passed: all {{ total }} checks</div>
{%- else -%}
<div class="verdict bad">Failed: {{ failed }} of {{ total }} checks. Nothing is sent.</div>
{%- endif %}
{% for suite in suites %}
<details{{ "" if suite.passed else " open" }}>
<summary><h2>{{ suite.name }}</h2>
<small>{{ "{:,}".format(suite.rows) }} rows{{ ", " ~ suite.note if suite.note }}</small>
{% if suite.passed %}<span class="verdict good">passed</span>
{%- else %}<span class="verdict bad">failed</span>{% endif %}</summary>
<ul>
{% for check in suite.checks | sort(attribute="passed") %}
<li class="{{ 'passed' if check.passed else 'failed' }}">
<span>{{ "passed" if check.passed else "failed" }}</span>
<div>{{ check.says }}
{% if not check.passed %}<small>{{ "{:,}".format(check.found) }} found
{%- if check.offenders %}: {{ check.offenders | join(", ") }}{% endif %}</small>{% endif %}</div>
</li>
{% else %}
<li><div>Nothing to check.</div></li>
{% endfor %}
</ul>
</details>
{% endfor %}
<footer>Written by segctl check. Values of personal data are never shown here.</footer>
</main>
</body>
</html>
"""


def quality_page(gate: GateResult) -> str:
    """The page as text; failed tables come first."""
    template = Environment(autoescape=True, trim_blocks=True).from_string(_TEMPLATE)
    return template.render(
        gate=gate,
        suites=sorted(gate.suites, key=lambda suite: suite.passed),
        total=sum(len(suite.checks) for suite in gate.suites),
        failed=len(list(gate.failures())),
    )


def write_quality_page(gate: GateResult, target: Path) -> None:
    """Write the page to a file."""
    target.parent.mkdir(parents=True, exist_ok=True)
    write_text(target, quality_page(gate), mode=0o644)
